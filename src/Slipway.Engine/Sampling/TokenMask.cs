using System.Numerics;
using System.Runtime.CompilerServices;

namespace Slipway.Engine.Sampling;

/// <summary>Sets of tokens, a bit for each.</summary>
internal static class TokenMask
{
    public static bool Contains(ReadOnlySpan<ulong> mask, int token) => (mask[token >> 6] >> token & 1) != 0;

    /// <summary>Leaves only the logits of the tokens in the mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(ReadOnlySpan<ulong> mask, Span<float> logits)
    {
        for (var word = 0; word < mask.Length; word++)
        {
            var part = logits[(word << 6)..Math.Min((word + 1) << 6, logits.Length)];
            var bits = mask[word];
            if (bits == 0)
            {
                part.Fill(float.NegativeInfinity);
                continue;
            }
            for (var missing = ~bits & (ulong.MaxValue >> (64 - part.Length)); missing != 0; missing &= missing - 1)
            {
                part[BitOperations.TrailingZeroCount(missing)] = float.NegativeInfinity;
            }
        }
    }
}
