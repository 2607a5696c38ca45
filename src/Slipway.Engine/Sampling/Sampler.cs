using Slipway.Engine.Constraints;
using Slipway.Engine.Scheduling;

namespace Slipway.Engine.Sampling;

/// <summary>Chooses the next token of one sequence.</summary>
/// <remarks>
/// Order: masked tokens, bias, penalties, the constraint, temperature, then top-k, top-p and min-p on what remains, then one draw.
/// The n-th draw depends on the seed and n alone, so neither a batch nor a restart of the sequence changes it.
/// </remarks>
internal sealed class Sampler(SamplingOptions options, ulong seed, int[] masked, TokenHistory? history)
{
    /// <summary>Infinite at 0, and at temperatures so low that all but the largest logits vanish.</summary>
    private readonly float _sharpness = 1 / options.Temperature;

    /// <summary>What the output is held to; null where it is free.</summary>
    public SequenceConstraint? Constraint { get; init; }

    /// <summary>Chooses from <paramref name="logits"/>, which it changes.</summary>
    /// <param name="logits">[vocabulary].</param>
    /// <param name="draw">How many tokens were drawn before.</param>
    /// <param name="scratch">Room for the vocabulary.</param>
    /// <param name="probability">The token's log probability under the model itself, when asked for.</param>
    /// <returns>The token, or −1 when no token that may come next has a number.</returns>
    public int Sample(Span<float> logits, int draw, SamplingScratch scratch, out TokenProbability? probability)
    {
        probability = null;
        foreach (var token in masked)
        {
            logits[token] = float.NegativeInfinity;
        }
        var report = options.TopLogprobs is { } top ? LogprobReport.Take(logits, top, scratch) : null;
        AddBias(logits);
        history?.Penalize(logits, options);
        var mask = Constraint is null ? [] : scratch.Mask.AsSpan();
        if (Constraint is not null)
        {
            Constraint.Fill(mask);
            TokenMask.Apply(mask, logits);
        }
        var chosen = options.TopK == 1 || !float.IsFinite(_sharpness) ? Logits.ArgMax(logits) : Draw(logits, draw, scratch);
        if (chosen >= 0 && !mask.IsEmpty && !TokenMask.Contains(mask, chosen))
        {
            return -1; // All logits that are left are −∞ or no numbers.
        }
        if (chosen >= 0)
        {
            probability = report?.For(chosen);
        }
        return chosen;
    }

    private void AddBias(Span<float> logits)
    {
        if (options.LogitBias is { } bias)
        {
            foreach (var (token, value) in bias)
            {
                if ((uint)token < (uint)logits.Length)
                {
                    logits[token] += value;
                }
            }
        }
    }

    private int Draw(Span<float> logits, int draw, SamplingScratch scratch)
    {
        var maximum = Logits.Max(logits);
        if (!float.IsFinite(maximum))
        {
            return Logits.ArgMax(logits);
        }
        var weights = scratch.Weights.AsSpan(0, logits.Length);
        var total = Logits.Exponentials(logits, maximum, _sharpness, weights);
        var uniform = Uniform(draw);
        var keepsAll = options.TopK == 0 && options.TopP == 1 && options.MinP == 0;
        return keepsAll ? Pick(weights, total * uniform) : DrawFromBest(weights, total, uniform, scratch);
    }

    private int DrawFromBest(Span<float> weights, double total, double uniform, SamplingScratch scratch)
    {
        // No token lighter than this is in the nucleus: all such together weigh less than 1 − top-p of the total.
        var least = Math.Max(options.MinP, (1 - options.TopP) * total / weights.Length);
        var count = 0;
        for (var id = 0; id < weights.Length; id++)
        {
            if (weights[id] >= least && weights[id] > 0)
            {
                scratch.Ids[count] = id;
                weights[count++] = weights[id]; // count never passes id
            }
        }
        var ids = scratch.Ids.AsSpan(0, count);
        var kept = weights[..count];
        if (options.TopK > 0)
        {
            kept = kept[..HeaviestFirst.TakeCount(kept, ids, options.TopK)];
            total = Sum(kept);
        }
        if (options.TopP < 1)
        {
            kept = kept[..HeaviestFirst.TakeMass(kept, ids[..kept.Length], options.TopP * total)];
        }
        return ids[Pick(kept, Sum(kept) * uniform)];
    }

    private static double Sum(ReadOnlySpan<float> weights)
    {
        var sum = 0.0;
        foreach (var weight in weights)
        {
            sum += weight;
        }
        return sum;
    }

    /// <summary>The index at which the running sum passes <paramref name="target"/>.</summary>
    private static int Pick(ReadOnlySpan<float> weights, double target)
    {
        var (sum, last) = (0.0, 0);
        for (var i = 0; i < weights.Length; i++)
        {
            if (weights[i] > 0)
            {
                sum += weights[i];
                last = i;
                if (sum > target)
                {
                    break;
                }
            }
        }
        return last;
    }

    /// <summary>The draw-th number of the stream of this seed, in [0, 1). SplitMix64 (Steele, Lea and Flood 2014) at a given index.</summary>
    private double Uniform(int draw)
    {
        var z = seed + ((ulong)(draw + 1) * 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1ul << 53));
    }
}
