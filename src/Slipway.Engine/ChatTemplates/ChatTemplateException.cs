namespace Slipway.Engine.ChatTemplates;

/// <summary>
/// A chat template cannot be read or rendered: it is malformed, asks for something unknown, goes over a limit, or refuses
/// the conversation by itself.
/// </summary>
public sealed class ChatTemplateException : Exception
{
    public ChatTemplateException()
    {
    }

    public ChatTemplateException(string message)
        : base(message)
    {
    }

    public ChatTemplateException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    private ChatTemplateException(string message, int lineNumber, bool raisedByTemplate)
        : base(message)
    {
        LineNumber = lineNumber;
        RaisedByTemplate = raisedByTemplate;
    }

    /// <summary>The line of the template, counted from 1; 0 when the fault belongs to no line.</summary>
    public int LineNumber { get; }

    /// <summary>The template called <c>raise_exception</c>; <see cref="Exception.Message"/> is its own text, unchanged.</summary>
    public bool RaisedByTemplate { get; }

    internal static ChatTemplateException FromTemplate(string message) => new(message, 0, raisedByTemplate: true);

    internal static ChatTemplateException AtLine(int line, string message) =>
        new($"Chat template, line {line}: {message}", line, raisedByTemplate: false);

    /// <summary>The same fault with its place; operations on values do not know it, the renderer does.</summary>
    internal ChatTemplateException Located(int line) =>
        RaisedByTemplate ? new(Message, line, raisedByTemplate: true) : AtLine(line, Message);
}
