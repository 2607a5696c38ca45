namespace Slipway.Client.Generation;

/// <summary>A generated text and its account.</summary>
public sealed record GenerateResponse
{
    public required string GeneratedText { get; init; }

    /// <summary>The thought before the text, of a model that thinks and was asked with <see cref="GenerationSettings.Chat"/>.</summary>
    public string? Reasoning { get; init; }

    public required int PromptTokens { get; init; }

    /// <summary>Tokens made, those of a thought among them.</summary>
    public required int CompletionTokens { get; init; }

    public required int TotalTokens { get; init; }

    /// <summary>Seconds from the request to the end of the text, waiting included.</summary>
    public required double GenerationTime { get; init; }

    /// <summary>Tokens made per second of that time.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary><c>stop</c>: the model ended or met a stop text. <c>length</c>: a limit ended it.</summary>
    public required string FinishReason { get; init; }

    /// <summary>The model that wrote it.</summary>
    public required string Model { get; init; }

    /// <summary>Under this id the server's log speaks of the request; in a batch with the number of the prompt behind it.</summary>
    public required string RequestId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>What became of each prompt of a batch.</summary>
public sealed record GenerateBatchResponse
{
    /// <summary>In the order of the prompts.</summary>
    public required IReadOnlyList<GenerateBatchItem> Results { get; init; }

    public required GenerateBatchStats Stats { get; init; }
}

/// <summary>What became of one prompt.</summary>
/// <param name="Index">Its number, from 0.</param>
/// <param name="Success">Whether there is a text.</param>
/// <param name="Result">The text; null where it failed.</param>
/// <param name="Error">Why it failed; null where it did not.</param>
public sealed record GenerateBatchItem(int Index, bool Success, GenerateResponse? Result, string? Error);

/// <summary>The account of a batch.</summary>
/// <param name="Total">How many prompts.</param>
/// <param name="Succeeded">How many got a text.</param>
/// <param name="Failed">How many did not.</param>
/// <param name="TotalTime">Seconds from the request to the end of the last text.</param>
/// <param name="TotalTokens">Tokens of all prompts and texts.</param>
/// <param name="TokensPerSecond">Tokens made, all texts together, per second of that time.</param>
public sealed record GenerateBatchStats(int Total, int Succeeded, int Failed, double TotalTime, int TotalTokens, double TokensPerSecond);
