using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Slipway.Engine.Kernels.Formats;

namespace Slipway.Engine.Kernels.MatMul;

/// <summary>Scales the exact sums of one group and adds them to a token's running sums: the step that fixes the rounding.</summary>
internal static unsafe class GroupSum
{
    /// <param name="input">The activations.</param>
    /// <param name="token">Row of <paramref name="input"/>.</param>
    /// <param name="column">First column of the chunk.</param>
    /// <param name="group">Group within the chunk.</param>
    /// <param name="scratch">Scales, minima and sums of the strip.</param>
    /// <param name="first">Sums of rows 0–7.</param>
    /// <param name="second">Sums of rows 8–15.</param>
    /// <param name="endsRun">Whether this is the last group of its 32 columns, after which their minimum is added.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add<TFormat>(
        Activations input, int token, int column, int group, PanelScratch scratch, Vector256<int> first, Vector256<int> second, bool endsRun)
        where TFormat : struct, IBlockFormat
    {
        var run = group * TFormat.GroupLength / 32;
        var scale = Vector256.Create(input.Scales(token)[(column / 32) + run]);
        var scales = scratch.Scales + (group * 16);
        var sums = scratch.Sums + (token * 16);
        var low = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(first), Vector256.Load(scales) * scale, Vector256.Load(sums));
        var high = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(second), Vector256.Load(scales + 8) * scale, Vector256.Load(sums + 8));
        if (TFormat.HasMinimum && endsRun)
        {
            var minima = scratch.Minima + (run * 16);
            var sum = Vector256.Create(input.Sums(token)[(column / 32) + run]);
            low = Vector256.FusedMultiplyAdd(Vector256.Load(minima), sum, low);
            high = Vector256.FusedMultiplyAdd(Vector256.Load(minima + 8), sum, high);
        }
        low.Store(sums);
        high.Store(sums + 8);
    }
}
