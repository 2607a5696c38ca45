using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Generation.Thinking;

/// <summary>One answer to a question, with the thought before it.</summary>
internal sealed record Sample
{
    public required string Answer { get; init; }

    public required string Reasoning { get; init; }

    /// <summary>Geometric mean of the probabilities of the answer's tokens; 0 for an answer without any.</summary>
    public required double Probability { get; init; }

    public required int AnswerTokens { get; init; }

    public required int ThinkingTokens { get; init; }

    public required bool HasThought { get; init; }

    public required bool ThoughtIsCut { get; init; }

    public required bool ThoughtIsOpen { get; init; }

    public static Sample Of(WrittenChoice choice) => new()
    {
        Answer = choice.Text.Trim(),
        Reasoning = choice.Reasoning.Trim(),
        Probability = GeometricMean(choice.Logprobs),
        AnswerTokens = choice.Logprobs.Count,
        ThinkingTokens = choice.ThinkingTokens,
        HasThought = choice.HasThought,
        ThoughtIsCut = choice.ThoughtIsCut,
        ThoughtIsOpen = choice.ThoughtIsOpen,
    };

    /// <param name="logprobs">Natural logarithms.</param>
    internal static double GeometricMean(IReadOnlyList<float> logprobs) =>
        logprobs.Count == 0 ? 0 : Math.Clamp(Math.Exp(logprobs.Average(logprob => (double)logprob)), 0, 1);
}
