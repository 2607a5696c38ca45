namespace Slipway.Client.Chat;

/// <summary>One event of a streamed answer: a start, pieces of text, and an end or an error.</summary>
/// <param name="Type">One of <see cref="ChatEventTypes"/>.</param>
/// <param name="Content">The piece of text, or what went wrong; empty otherwise.</param>
public sealed record ChatEvent(string Type, string Content);

/// <summary>The values of <see cref="ChatEvent.Type"/>.</summary>
public static class ChatEventTypes
{
    /// <summary>Always first, exactly once.</summary>
    public const string Start = "start";

    /// <summary>Text of the answer; the chunks joined are the answer. Never splits a character.</summary>
    public const string Chunk = "chunk";

    /// <summary>Text of the thinking, where it was asked for apart from the answer.</summary>
    public const string Thinking = "thinking";

    /// <summary>The answer is complete. Last.</summary>
    public const string End = "end";

    /// <summary>The answer broke off; the content says why. Last.</summary>
    public const string Error = "error";
}
