namespace Slipway.Recipe.Output;

/// <summary>One message of a conversation.</summary>
internal sealed record Message(string Role, string Content, string? Reasoning = null)
{
    public const string System = "system";
    public const string User = "user";
    public const string Assistant = "assistant";
}

/// <summary>One line of training: a conversation.</summary>
/// <param name="Thinks">False where thinking is switched off.</param>
internal sealed record Line(IReadOnlyList<Message> Messages, bool Thinks);
