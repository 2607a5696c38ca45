using Slipway.Engine.Constraints;
using Slipway.Engine.Sampling;

namespace Slipway.Engine.Scheduling;

/// <summary>What one sequence is to do.</summary>
public sealed record GenerationRequest
{
    /// <summary>Token ids of the whole prompt; at least one, fewer than the context length.</summary>
    public required IReadOnlyList<int> Prompt { get; init; }

    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Tokens to generate at most; null generates until the model ends or the context is full.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Generation ends before the first of these texts; no part of it is ever sent.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Whether the prompt already opened a thought (see <c>ChatTemplates.ReasoningSplitter</c>).</summary>
    public bool StartsInThought { get; init; }

    /// <summary>Splits the text between the model's thinking marks from the answer; off leaves the marks in the text.</summary>
    public bool SplitThinking { get; init; }

    /// <summary>Tokens the thought may take before it is closed in place; null sets no limit.</summary>
    public int? ThinkingBudget { get; init; }

    /// <summary>
    /// Tokens behind the thought at most, from the first that is no line break; null sets no limit. What a thought takes is not
    /// counted, where it is split off or limited.
    /// </summary>
    public int? MaxAnswerTokens { get; init; }

    /// <summary>
    /// What the answer is held to; null leaves it free. A thought before it stays free. The generation ends where the answer
    /// is complete; at the token limit it is cut in the middle, and says so.
    /// </summary>
    public OutputGrammar? Grammar { get; init; }

    /// <summary>Goes on past the model's end tokens. For benchmarks.</summary>
    public bool IgnoreEnd { get; init; }
}

/// <summary>Which part of an answer a piece of text belongs to.</summary>
public enum PieceKind
{
    Answer,
    Thinking,
}

/// <summary>Text that became certain in one step. Pieces never split a character.</summary>
/// <param name="Kind">Thought or answer.</param>
/// <param name="Text">May be empty when only token probabilities are reported.</param>
/// <param name="Tokens">The tokens of this step, when probabilities were asked for.</param>
public readonly record struct GenerationPiece(PieceKind Kind, string Text, IReadOnlyList<TokenProbability>? Tokens = null);

/// <summary>A token with the logarithm of its probability and the most probable alternatives, best first.</summary>
public sealed record TokenProbability(int Id, float Logprob, IReadOnlyList<(int Id, float Logprob)> Top);

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended, or a stop text was met.</summary>
    Stop,

    /// <summary>The token limit or the end of the context was reached.</summary>
    Length,

    /// <summary>The reader went away.</summary>
    Cancelled,
}

/// <summary>The account of a finished generation, in tokens.</summary>
/// <param name="Reason">Why it ended.</param>
/// <param name="PromptTokens">Length of the prompt.</param>
/// <param name="CachedTokens">How many of them were found in the prefix cache.</param>
/// <param name="CompletionTokens">Tokens made, the end token included.</param>
/// <param name="ThinkingTokens">How many of them were the thought.</param>
public sealed record GenerationResult(
    FinishReason Reason, int PromptTokens, int CachedTokens, int CompletionTokens, int ThinkingTokens)
{
    /// <summary>What became of the thought. Known only where it is split off or limited.</summary>
    public ThoughtState Thought { get; init; }
}

/// <summary>What became of a thought.</summary>
public enum ThoughtState
{
    /// <summary>There was none.</summary>
    None,

    /// <summary>The model ended it.</summary>
    Closed,

    /// <summary>It was closed at its budget.</summary>
    Cut,

    /// <summary>The generation ended inside it.</summary>
    Open,
}
