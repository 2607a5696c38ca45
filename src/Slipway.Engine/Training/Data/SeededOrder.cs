namespace Slipway.Engine.Training.Data;

/// <summary>
/// Permutations by seed. Written down here rather than taken from the runtime, so that a run that is resumed years later
/// still sees its examples in the same order.
/// </summary>
internal static class SeededOrder
{
    /// <summary>The numbers 0 to <paramref name="count"/> - 1 in an order of their own for each seed and round.</summary>
    public static int[] Create(int count, long seed, int round)
    {
        var order = new int[count];
        var state = Mix(Mix((ulong)seed) + (ulong)round);
        for (var i = 0; i < count; i++) // Fisher and Yates, inside out
        {
            var other = (int)Math.BigMul(Next(ref state), (ulong)i + 1, out _); // below i + 1; uneven by under 1 in 2³²
            order[i] = order[other];
            order[other] = i;
        }

        return order;
    }

    /// <summary>SplitMix64 (Steele, Lea and Flood 2014).</summary>
    private static ulong Next(ref ulong state) => Mix(state += 0x9E3779B97F4A7C15);

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
