using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Slipway.Engine.Kernels.MatMul;

/// <summary>
/// [columns / 2][16 rows][2] signed words for <c>vpmaddwd</c>, which cannot saturate here as its 8-bit sister would.
/// A quad's bytes 0 1 2 3 are masked and shifted into the pairs (0, 2) and (1, 3); the activations' words follow that order.
/// </summary>
internal static unsafe class PanelWords
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* panel, int quad, int half, Vector256<byte> weights, int zeroPoint)
    {
        var zero = Vector256.Create((short)zeroPoint);
        var even = (weights.AsInt16() & Vector256.Create((short)0xFF)) - zero;
        var odd = (weights.AsUInt16() >> 8).AsInt16() - zero;
        even.Store((short*)(panel + (quad * 128) + (half * 32)));
        odd.Store((short*)(panel + (quad * 128) + 64 + (half * 32)));
    }
}
