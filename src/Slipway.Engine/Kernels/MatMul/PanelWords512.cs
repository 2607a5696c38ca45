using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Slipway.Engine.Kernels.Formats;

namespace Slipway.Engine.Kernels.MatMul;

/// <summary><see cref="PanelWords"/> read by 512-bit vectors, all sixteen rows at once, four tokens at a time.</summary>
internal readonly unsafe struct PanelWords512 : IPanel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* panel, int quad, int half, Vector256<byte> weights, int zeroPoint) =>
        PanelWords.Store(panel, quad, half, weights, zeroPoint);

    public static void Multiply<TFormat>(Activations input, int column, int runs, int tokens, PanelScratch scratch)
        where TFormat : struct, IBlockFormat
    {
        var token = 0;
        for (; token <= tokens - 4; token += 4)
        {
            FourTokens<TFormat>(input, token, column, runs, scratch);
        }
        for (; token < tokens; token++)
        {
            OneToken<TFormat>(input, token, column, runs, scratch);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourTokens<TFormat>(Activations input, int token, int column, int runs, PanelScratch scratch)
        where TFormat : struct, IBlockFormat
    {
        var weights = (short*)scratch.Panel;
        var scales = scratch.Scales;
        var minima = scratch.Minima;
        var sums = scratch.Sums + (token * 16);
        long stride = input.Columns;
        var x = input.Words(token) + column;
        var xScales = input.Scales(token) + (column / 32);
        var xSums = input.Sums(token) + (column / 32);
        var perRun = stride / 32;
        for (var run = 0; run < runs; run++)
        {
            for (var group = 0; group < 32 / TFormat.GroupLength; group++)
            {
                Vector512<int> a0 = default, a1 = default, a2 = default, a3 = default;
                for (var pair = 0; pair < TFormat.GroupLength / 2; pair++)
                {
                    var words = Vector512.Load(weights);
                    a0 += Avx512BW.MultiplyAddAdjacent(words, Vector512.Create(*(int*)x).AsInt16());
                    a1 += Avx512BW.MultiplyAddAdjacent(words, Vector512.Create(*(int*)(x + stride)).AsInt16());
                    a2 += Avx512BW.MultiplyAddAdjacent(words, Vector512.Create(*(int*)(x + (2 * stride))).AsInt16());
                    a3 += Avx512BW.MultiplyAddAdjacent(words, Vector512.Create(*(int*)(x + (3 * stride))).AsInt16());
                    weights += 32;
                    x += 2;
                }
                GroupSum.Add(a0.GetLower(), a0.GetUpper(), scales, xScales[0], sums);
                GroupSum.Add(a1.GetLower(), a1.GetUpper(), scales, xScales[perRun], sums + 16);
                GroupSum.Add(a2.GetLower(), a2.GetUpper(), scales, xScales[2 * perRun], sums + 32);
                GroupSum.Add(a3.GetLower(), a3.GetUpper(), scales, xScales[3 * perRun], sums + 48);
                scales += 16;
            }
            if (TFormat.HasMinimum)
            {
                GroupSum.AddMinima(minima, xSums[0], sums);
                GroupSum.AddMinima(minima, xSums[perRun], sums + 16);
                GroupSum.AddMinima(minima, xSums[2 * perRun], sums + 32);
                GroupSum.AddMinima(minima, xSums[3 * perRun], sums + 48);
                minima += 16;
                xSums++;
            }
            xScales++;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneToken<TFormat>(Activations input, int token, int column, int runs, PanelScratch scratch)
        where TFormat : struct, IBlockFormat
    {
        var weights = (short*)scratch.Panel;
        var scales = scratch.Scales;
        var minima = scratch.Minima;
        var sums = scratch.Sums + (token * 16);
        var x = input.Words(token) + column;
        var xScales = input.Scales(token) + (column / 32);
        var xSums = input.Sums(token) + (column / 32);
        for (var run = 0; run < runs; run++)
        {
            for (var group = 0; group < 32 / TFormat.GroupLength; group++)
            {
                Vector512<int> even = default, odd = default;
                for (var pair = 0; pair < TFormat.GroupLength / 2; pair += 2)
                {
                    even += Avx512BW.MultiplyAddAdjacent(Vector512.Load(weights), Vector512.Create(*(int*)x).AsInt16());
                    odd += Avx512BW.MultiplyAddAdjacent(Vector512.Load(weights + 32), Vector512.Create(*(int*)(x + 2)).AsInt16());
                    weights += 64;
                    x += 4;
                }
                even += odd;
                GroupSum.Add(even.GetLower(), even.GetUpper(), scales, xScales[run], sums);
                scales += 16;
            }
            if (TFormat.HasMinimum)
            {
                GroupSum.AddMinima(minima + (run * 16), xSums[run], sums);
            }
        }
    }
}
