using System.Runtime.CompilerServices;

namespace Slipway.Engine.Quantization.Search;

/// <summary>Everything of a 256-value block but the codes, which follow from it.</summary>
internal struct SuperblockChoice
{
    /// <summary>The halves at the head of the block.</summary>
    public ushort Scale;
    public ushort Minimum;

    /// <summary>Per group: what the scale of the block is multiplied with; in formats with minima, what their scale is.</summary>
    public GroupNumbers Scales;
    public GroupNumbers Minima;

    /// <summary>Weighted squares over the block, in the block's unit.</summary>
    public float Error;

    [InlineArray(16)]
    public struct GroupNumbers
    {
        private int _first;
    }
}
