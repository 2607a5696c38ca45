using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Slipway.Engine.Kernels.Rows;

/// <summary>y = x / √(mean(x²) + ε) · w (Zhang and Sennrich 2019, arXiv:1910.07467).</summary>
internal static unsafe class RmsNorm
{
    public static void Reference(float* x, float* weight, float epsilon, float* y, int length)
    {
        var squares = 0.0;
        for (var i = 0; i < length; i++)
        {
            squares += (double)x[i] * x[i];
        }
        var scale = 1 / MathF.Sqrt((float)(squares / length) + epsilon);
        for (var i = 0; i < length; i++)
        {
            y[i] = x[i] * scale * weight[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ComputeVector256(float* x, float* weight, float epsilon, float* y, int length)
    {
        if (length % 16 != 0)
        {
            Reference(x, weight, epsilon, y, length);
            return;
        }
        Vector256<float> even = default, odd = default;
        for (var i = 0; i < length; i += 16)
        {
            var (a, b) = (Vector256.Load(x + i), Vector256.Load(x + i + 8));
            even = Vector256.FusedMultiplyAdd(a, a, even);
            odd = Vector256.FusedMultiplyAdd(b, b, odd);
        }
        var scale = Vector256.Create(1 / MathF.Sqrt((Vector256.Sum(even + odd) / length) + epsilon));
        for (var i = 0; i < length; i += 8)
        {
            (Vector256.Load(x + i) * scale * Vector256.Load(weight + i)).Store(y + i);
        }
    }
}
