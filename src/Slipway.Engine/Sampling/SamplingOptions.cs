namespace Slipway.Engine.Sampling;

/// <summary>How the next token is chosen. The defaults leave the model's own distribution alone.</summary>
public sealed record SamplingOptions
{
    /// <summary>Always the most probable token.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>Logits are divided by this; 0 means greedy. Range 0..100.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Keeps the K most probable tokens; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keeps the smallest set of tokens whose probabilities reach this sum. Range (0, 1]; 1 keeps all.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Drops tokens less probable than this share of the most probable one. Range 0..1; 0 keeps all.</summary>
    public float MinP { get; init; }

    /// <summary>Divides positive and multiplies negative logits of tokens already in prompt or answer; 1 is off.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted from the logit of each token that the answer already holds; 0 is off.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Subtracted from a token's logit once per occurrence in the answer; 0 is off.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Added to the logits of the named token ids before anything else.</summary>
    public IReadOnlyDictionary<int, float>? LogitBias { get; init; }

    /// <summary>The same seed gives the same tokens for the same prompt, whatever else runs beside it; null draws one.</summary>
    public ulong? Seed { get; init; }

    /// <summary>How many alternatives to report with each token; null reports no probabilities at all. Range 0..20.</summary>
    public int? TopLogprobs { get; init; }

    /// <summary>Names the first value out of its range.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        Check(nameof(Temperature), Temperature, Temperature is >= 0 and <= 100, "0 to 100");
        Check(nameof(TopK), TopK, TopK >= 0, "0 or more");
        Check(nameof(TopP), TopP, TopP is > 0 and <= 1, "above 0, up to 1");
        Check(nameof(MinP), MinP, MinP is >= 0 and <= 1, "0 to 1");
        Check(nameof(RepetitionPenalty), RepetitionPenalty, RepetitionPenalty is > 0 and <= 100, "above 0, up to 100");
        Check(nameof(PresencePenalty), PresencePenalty, PresencePenalty is >= -100 and <= 100, "-100 to 100");
        Check(nameof(FrequencyPenalty), FrequencyPenalty, FrequencyPenalty is >= -100 and <= 100, "-100 to 100");
        Check(nameof(TopLogprobs), TopLogprobs ?? 0, TopLogprobs is null or (>= 0 and <= 20), "0 to 20");
    }

    private static void Check(string name, float value, bool fits, string accepted)
    {
        if (!fits)
        {
            throw new ArgumentException($"{name} is {value}; accepted is {accepted}.", name);
        }
    }
}
