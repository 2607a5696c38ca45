namespace Slipway.Server.Serving.Completions;

/// <summary>Something to be completed. Ranges have been checked by the surface that took it in.</summary>
internal sealed record CompletionRequest
{
    /// <summary>Which model; null takes the loaded one.</summary>
    public string? Model { get; init; }

    /// <summary>A conversation to be answered; null where <see cref="Prompts"/> are to be continued.</summary>
    public Conversation? Conversation { get; init; }

    /// <summary>Beginnings to be continued, each for itself.</summary>
    public IReadOnlyList<Prompt> Prompts { get; init; } = [];

    /// <summary>Choices per prompt.</summary>
    public int Choices { get; init; } = 1;

    public SamplingWishes Sampling { get; init; } = new();

    /// <summary>Tokens per choice at most; null goes on to the model's end or the context's.</summary>
    public int? MaxTokens { get; init; }

    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Tokens that a thought may take; null sets no limit.</summary>
    public int? ThinkingBudget { get; init; }

    /// <summary>
    /// Tokens that the answer behind a thought may take; null sets no limit of its own. Where the context is too small for
    /// thought and answer, the thought gets less, down to half of it.
    /// </summary>
    public int? MaxAnswerTokens { get; init; }

    /// <summary>Goes on past the model's end tokens. For benchmarks.</summary>
    public bool IgnoreEnd { get; init; }

    /// <summary>What the answer's text must be; null leaves it free. Calls of tools have a rule of their own in the conversation.</summary>
    public OutputRule? Output { get; init; }
}

/// <summary>A text, or its tokens; one of them is set.</summary>
internal sealed record Prompt(string? Text, IReadOnlyList<int>? Tokens);

/// <summary>How tokens are chosen. The defaults leave the model's own distribution alone.</summary>
internal sealed record SamplingWishes
{
    public double Temperature { get; init; } = 1;

    public double TopP { get; init; } = 1;

    public int TopK { get; init; }

    public double MinP { get; init; }

    public double RepetitionPenalty { get; init; } = 1;

    public double PresencePenalty { get; init; }

    public double FrequencyPenalty { get; init; }

    public IReadOnlyDictionary<int, float>? LogitBias { get; init; }

    /// <summary>Choices beside the first count on from it.</summary>
    public long? Seed { get; init; }

    /// <summary>Alternatives to report with each token; null reports no probabilities.</summary>
    public int? TopLogprobs { get; init; }
}
