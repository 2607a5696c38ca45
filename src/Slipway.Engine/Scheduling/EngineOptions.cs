using Slipway.Engine.Cache;

namespace Slipway.Engine.Scheduling;

/// <summary>Sizes of an <see cref="InferenceEngine"/>.</summary>
public sealed record EngineOptions
{
    /// <summary>Sequences decoded at once. Range 1..256.</summary>
    public int MaxSequences { get; init; } = 8;

    /// <summary>Requests that may wait for a place; one more is refused. Range 0..100000.</summary>
    public int MaxQueued { get; init; } = 64;

    /// <summary>Threads that compute, the engine's own loop among them. Range 1..1024.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Tokens that one step computes at most: larger prefills faster, smaller lets others decode more often. Range 32..4096.</summary>
    public int StepTokens { get; init; } = 256;

    /// <summary>
    /// Tokens whose keys and values are kept, over all sequences; null takes what <see cref="MaxSequences"/> contexts
    /// need, but no more than a quarter of the machine's memory. Memory is committed as it is used.
    /// </summary>
    public int? KvTokens { get; init; }

    /// <summary>
    /// How keys and values are kept. <see cref="KvFormat.Q8"/> takes 0.53 of the memory that <see cref="KvFormat.F16"/> takes
    /// and rounds each value to within 0.5 % of the largest of its 32.
    /// </summary>
    public KvFormat KvFormat { get; init; }

    /// <summary>
    /// Tokens of finished sequences whose keys and values stay for others that begin the same; the longest unused go first.
    /// More reuse takes more memory. Range 0..268435456.
    /// </summary>
    public int RetainedTokens { get; init; } = 8192;

    /// <summary>
    /// Tokens that a step may compute on the guess that a text goes on as it did before, over all sequences. The output is the same
    /// with and without; guesses that do not pay are not computed. Range 0..64, 0 for none.
    /// </summary>
    public int DraftTokens { get; init; } = 16;

    /// <summary>Computes guesses whether they pay or not. For measurements.</summary>
    public bool AlwaysDrafts { get; init; }

    /// <summary>Names the first value out of range.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        Check(nameof(MaxSequences), MaxSequences, 1, 256);
        Check(nameof(MaxQueued), MaxQueued, 0, 100_000);
        Check(nameof(Threads), Threads, 1, 1024);
        Check(nameof(StepTokens), StepTokens, 32, 4096);
        Check(nameof(RetainedTokens), RetainedTokens, 0, 1 << 28);
        Check(nameof(DraftTokens), DraftTokens, 0, 64);
        Check(nameof(KvTokens), KvTokens ?? 64, 64, 1 << 28);
        Check(nameof(KvFormat), (int)KvFormat, 0, KvFormatNames.All.Count - 1);
    }

    private static void Check(string name, int value, int low, int high)
    {
        if (value < low || value > high)
        {
            throw new ArgumentException($"{name} is {value}; accepted is {low} to {high}.", name);
        }
    }
}
