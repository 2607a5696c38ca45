namespace Slipway.Client.Chat;

/// <summary>The whole answer to a <see cref="ChatRequest"/>.</summary>
public sealed record ChatResponse
{
    /// <summary>The answer; empty when <see cref="Success"/> is false.</summary>
    public required string Response { get; init; }

    /// <summary>False when the model failed; <see cref="Error"/> then says why.</summary>
    public required bool Success { get; init; }

    public string? Error { get; init; }

    /// <summary>The thinking, where it was asked for apart from the answer.</summary>
    public string? Thinking { get; init; }

    public ChatUsage? Usage { get; init; }

    /// <summary><c>stop</c>: the model ended or met a stop text. <c>length</c>: a limit ended it.</summary>
    public string? FinishReason { get; init; }

    /// <summary>The model that answered.</summary>
    public string? Model { get; init; }
}

/// <summary>The account of one answer, in tokens.</summary>
public sealed record ChatUsage(int PromptTokens, int CompletionTokens);
