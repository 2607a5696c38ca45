using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Slipway.Engine.Kernels.Formats;

namespace Slipway.Engine.Kernels.MatMul;

/// <summary><see cref="PanelWords"/> read by 256-bit vectors, two tokens at a time.</summary>
internal readonly unsafe struct PanelWords256 : IPanel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* panel, int quad, int half, Vector256<byte> weights, int zeroPoint) =>
        PanelWords.Store(panel, quad, half, weights, zeroPoint);

    public static void Multiply<TFormat>(Activations input, int column, int runs, int tokens, PanelScratch scratch)
        where TFormat : struct, IBlockFormat
    {
        for (var token = 0; token < tokens; token += 2)
        {
            TwoTokens<TFormat>(input, token, Math.Min(2, tokens - token), column, runs, scratch);
        }
    }

    /// <summary>With <paramref name="count"/> 1 the second token repeats the first and is not stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoTokens<TFormat>(Activations input, int token, int count, int column, int runs, PanelScratch scratch)
        where TFormat : struct, IBlockFormat
    {
        var weights = (short*)scratch.Panel;
        var scales = scratch.Scales;
        var minima = scratch.Minima;
        var sums = scratch.Sums + (token * 16);
        var (x, y) = ((nint)(input.Words(token) + column), (nint)(input.Words(token + count - 1) + column));
        var xScales = input.Scales(token) + (column / 32);
        var xSums = input.Sums(token) + (column / 32);
        var perRun = (long)input.Columns / 32;
        for (var run = 0; run < runs; run++)
        {
            for (var group = 0; group < 32 / TFormat.GroupLength; group++)
            {
                Vector256<int> a0 = default, b0 = default, a1 = default, b1 = default;
                for (var pair = 0; pair < TFormat.GroupLength / 2; pair++)
                {
                    var (first, second) = (Vector256.Load(weights), Vector256.Load(weights + 16));
                    var q = Vector256.Create(*(int*)x).AsInt16();
                    a0 += Avx2.MultiplyAddAdjacent(first, q);
                    b0 += Avx2.MultiplyAddAdjacent(second, q);
                    q = Vector256.Create(*(int*)y).AsInt16();
                    a1 += Avx2.MultiplyAddAdjacent(first, q);
                    b1 += Avx2.MultiplyAddAdjacent(second, q);
                    weights += 32;
                    x += 4;
                    y += 4;
                }
                GroupSum.Add(a0, b0, scales, xScales[run], sums);
                if (count == 2)
                {
                    GroupSum.Add(a1, b1, scales, xScales[run + perRun], sums + 16);
                }
                scales += 16;
            }
            if (TFormat.HasMinimum)
            {
                GroupSum.AddMinima(minima + (run * 16), xSums[run], sums);
                if (count == 2)
                {
                    GroupSum.AddMinima(minima + (run * 16), xSums[run + perRun], sums + 16);
                }
            }
        }
    }
}
