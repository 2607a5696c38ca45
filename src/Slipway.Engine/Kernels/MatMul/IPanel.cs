using System.Runtime.Intrinsics;
using Slipway.Engine.Kernels.Formats;

namespace Slipway.Engine.Kernels.MatMul;

/// <summary>How a chunk of sixteen rows lies in the panel, and the inner loop that fits that layout.</summary>
internal unsafe interface IPanel
{
    /// <summary>Stores four columns of eight rows, each row's four bytes in one lane.</summary>
    /// <param name="panel">Start of the panel.</param>
    /// <param name="quad">Number of the four columns within the chunk.</param>
    /// <param name="half">0 for rows 0–7, 1 for rows 8–15.</param>
    /// <param name="weights">The unsigned bytes.</param>
    /// <param name="zeroPoint">What they are counted from.</param>
    static abstract void Store(byte* panel, int quad, int half, Vector256<byte> weights, int zeroPoint);

    /// <summary>Adds the products of the chunk's <paramref name="runs"/> · 32 columns to the sums of all tokens.</summary>
    static abstract void Multiply<TFormat>(Activations input, int column, int runs, int tokens, PanelScratch scratch)
        where TFormat : struct, IBlockFormat;
}
