using System.ComponentModel.DataAnnotations;

namespace Slipway.Client.Generation;

/// <summary>A question to be thought about.</summary>
public sealed record ThinkRequest
{
    /// <summary>Not blank.</summary>
    [StringLength(32768, MinimumLength = 1)]
    public required string Question { get; init; }

    /// <summary>
    /// How much the model may think: 256 tokens at 1, twice as many at each step up. 4 and 5 also draw three and five samples and
    /// answer with the majority. Null means 3.
    /// </summary>
    [Range(1, 5)]
    public int? ThinkingDepth { get; init; }

    /// <summary>False leaves the thought out of the answer; null means true.</summary>
    public bool? IncludeReasoning { get; init; }

    /// <summary>Tokens of the answer at most; what the thought takes is not counted. Null means 512.</summary>
    [Range(1, 8192)]
    public int? MaxLength { get; init; }

    /// <summary>0 always takes the most probable token; null means 0.7.</summary>
    [Range(0.0, 2.0)]
    public double? Temperature { get; init; }

    /// <summary>The same seed gives the same answer to the same question.</summary>
    [Range(0L, long.MaxValue)]
    public long? Seed { get; init; }

    /// <summary>Which model; null takes the loaded one.</summary>
    public string? Model { get; init; }
}

/// <summary>An answer with what was thought before it.</summary>
public sealed record ThinkResponse
{
    /// <summary>The answer; of several samples the surest among those that the majority agrees with.</summary>
    public required string Answer { get; init; }

    /// <summary>The thought; null where there was none or it was not asked for.</summary>
    public string? Reasoning { get; init; }

    /// <summary>The thought, split at its own structure; null where there is no thought to show.</summary>
    public IReadOnlyList<string>? ReasoningSteps { get; init; }

    /// <summary>
    /// 0 to 1: the geometric mean of the probabilities that the model gave the answer's tokens, times the share of samples that
    /// agree with it.
    /// </summary>
    public required double Confidence { get; init; }

    public required int ThinkingDepth { get; init; }

    public required ThoughtValidation Validation { get; init; }

    /// <summary>How many samples were drawn.</summary>
    public required int Samples { get; init; }

    /// <summary>How many of them agree with the answer, itself among them.</summary>
    public required int AgreeingSamples { get; init; }

    public required int PromptTokens { get; init; }

    /// <summary>Tokens of the thought that led to the answer, its marks among them.</summary>
    public required int ThinkingTokens { get; init; }

    /// <summary>Tokens of the answer.</summary>
    public required int AnswerTokens { get; init; }

    /// <summary>Tokens of the prompt and of all samples: what the request is billed for.</summary>
    public required int TotalTokens { get; init; }

    /// <summary>Seconds from the request to the end of the last sample.</summary>
    public required double GenerationTime { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>Under this id the server's log speaks of the request.</summary>
    public required string RequestId { get; init; }
}

/// <summary>Whether a thought is whole.</summary>
/// <param name="Complete">Whether there is no issue.</param>
/// <param name="StepCount">Steps of the thought.</param>
/// <param name="Issues">Of <see cref="ThoughtIssues"/>.</param>
public sealed record ThoughtValidation(bool Complete, int StepCount, IReadOnlyList<string> Issues);

/// <summary>What may be wrong with a thought.</summary>
public static class ThoughtIssues
{
    /// <summary>It was closed at its budget.</summary>
    public const string CutAtBudget = "cut_at_budget";

    /// <summary>The answer's end came inside it.</summary>
    public const string NeverClosed = "never_closed";

    /// <summary>It says the same again and again.</summary>
    public const string RepeatsItself = "repeats_itself";

    /// <summary>It was opened and closed with nothing in it.</summary>
    public const string Empty = "empty";

    /// <summary>The model answered without one.</summary>
    public const string NoThought = "no_thought";
}
