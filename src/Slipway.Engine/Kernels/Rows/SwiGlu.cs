using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Slipway.Engine.Kernels.Rows;

/// <summary>y = gate / (1 + e^−gate) · up (Shazeer 2020, arXiv:2002.05202).</summary>
internal static unsafe class SwiGlu
{
    public static void Reference(float* gate, float* up, float* y, int length)
    {
        for (var i = 0; i < length; i++)
        {
            y[i] = gate[i] / (1 + MathF.Exp(-gate[i])) * up[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ComputeVector256(float* gate, float* up, float* y, int length)
    {
        var i = 0;
        for (; i <= length - 8; i += 8)
        {
            var x = Vector256.Load(gate + i);
            (x / (Vector256<float>.One + Vector256.Exp(-x)) * Vector256.Load(up + i)).Store(y + i);
        }
        Reference(gate + i, up + i, y + i, length - i);
    }
}
