using System.Numerics;

namespace Slipway.Engine.Tokenizers;

/// <summary>Sizes of the open-addressing tables: powers of two, at most three quarters full.</summary>
internal static class SlotCount
{
    public static int For(int entries) => (int)BitOperations.RoundUpToPowerOf2((uint)(entries + (entries / 3) + 1));

    /// <summary>How many entries a table of this many slots may hold.</summary>
    public static int Most(int slots) => slots / 4 * 3;
}
