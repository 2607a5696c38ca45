namespace Slipway.Engine.Scheduling;

/// <summary>What an engine is doing now, and has done since it started.</summary>
/// <param name="Running">Sequences being computed.</param>
/// <param name="Waiting">Requests waiting for a place.</param>
/// <param name="Steps">Steps done.</param>
/// <param name="PromptTokens">Prompt tokens computed; those found in the cache are not among them.</param>
/// <param name="CachedTokens">Prompt tokens found in the cache.</param>
/// <param name="GeneratedTokens">Tokens sampled.</param>
/// <param name="Preemptions">Times a sequence was set back because blocks ran out.</param>
/// <param name="Blocks">Blocks of cache.</param>
/// <param name="BlocksAvailable">How many of them are free or hold only reusable content.</param>
public readonly record struct EngineLoad(
    int Running,
    int Waiting,
    long Steps,
    long PromptTokens,
    long CachedTokens,
    long GeneratedTokens,
    long Preemptions,
    int Blocks,
    int BlocksAvailable)
{
    /// <summary>Tokens computed on a guess.</summary>
    public long DraftedTokens { get; init; }

    /// <summary>How many of those guesses were right: steps that were saved.</summary>
    public long AgreedTokens { get; init; }
}
