using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Slipway.Engine.Kernels.MatMul;

/// <summary>Adding a group to a token's sixteen running sums: the steps that fix the rounding, the same for every path.</summary>
internal static unsafe class GroupSum
{
    /// <summary>sums[r] += first|second[r] · (scales[r] · scale), fused.</summary>
    /// <param name="first">Exact sums of rows 0–7.</param>
    /// <param name="second">Exact sums of rows 8–15.</param>
    /// <param name="scales">The weights' scales, [16].</param>
    /// <param name="scale">The activations' scale.</param>
    /// <param name="sums">[16].</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(Vector256<int> first, Vector256<int> second, float* scales, float scale, float* sums)
    {
        var factor = Vector256.Create(scale);
        var low = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(first), Vector256.Load(scales) * factor, Vector256.Load(sums));
        var high = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(second), Vector256.Load(scales + 8) * factor, Vector256.Load(sums + 8));
        low.Store(sums);
        high.Store(sums + 8);
    }

    /// <summary>sums[r] += minima[r] · sum, fused.</summary>
    /// <param name="minima">The weights' minima, [16].</param>
    /// <param name="sum">The activations' sum over the minima's 32 columns.</param>
    /// <param name="sums">[16].</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddMinima(float* minima, float sum, float* sums)
    {
        var factor = Vector256.Create(sum);
        Vector256.FusedMultiplyAdd(Vector256.Load(minima), factor, Vector256.Load(sums)).Store(sums);
        Vector256.FusedMultiplyAdd(Vector256.Load(minima + 8), factor, Vector256.Load(sums + 8)).Store(sums + 8);
    }
}
