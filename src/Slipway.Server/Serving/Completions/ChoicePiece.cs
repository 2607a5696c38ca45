namespace Slipway.Server.Serving.Completions;

internal enum ChoicePieceKind
{
    /// <summary>Text of the answer.</summary>
    Content,

    /// <summary>Text of the thought before it.</summary>
    Reasoning,

    /// <summary>A tool is called; the text is its name.</summary>
    CallName,

    /// <summary>More of the call's arguments, as JSON.</summary>
    CallArguments,

    /// <summary>Nothing more comes; the text is <c>stop</c>, <c>length</c> or <c>tool_calls</c>.</summary>
    End,
}

/// <summary>What became certain of one choice; never splits a character.</summary>
/// <param name="Choice">Which choice, from 0; those of the first prompt come first.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; may be empty beside tokens.</param>
/// <param name="Call">Which call of the choice it belongs to, from 0.</param>
/// <param name="Tokens">The tokens that made it, where they were asked for; of content only.</param>
internal readonly record struct ChoicePiece(
    int Choice, ChoicePieceKind Kind, string Text, int Call = 0, IReadOnlyList<TokenReport>? Tokens = null);

/// <summary>A token with its probability.</summary>
/// <param name="Bytes">What it stands for; not always whole characters.</param>
/// <param name="Logprob">Logarithm of its probability.</param>
/// <param name="Top">The most probable tokens in its place, best first; empty for these themselves.</param>
internal sealed record TokenReport(byte[] Bytes, float Logprob, IReadOnlyList<TokenReport> Top);

/// <summary>Tokens that a completion took.</summary>
internal readonly record struct CompletionAccount(int Prompt, int Cached, int Completion, int Reasoning);
