using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Slipway.Engine.Kernels.Formats;

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

/// <summary><see cref="PanelWords"/> read by 256-bit vectors.</summary>
internal readonly unsafe struct PanelWords256 : IPanel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* panel, int quad, int half, Vector256<byte> weights, int zeroPoint) =>
        PanelWords.Store(panel, quad, half, weights, zeroPoint);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TFormat>(Activations input, int column, int runs, int tokens, PanelScratch scratch)
        where TFormat : struct, IBlockFormat
    {
        var (groups, perRun) = (runs * (32 / TFormat.GroupLength), 32 / TFormat.GroupLength);
        for (var token = 0; token < tokens; token += 2)
        {
            var pair = token + 1 < tokens ? 1 : 0; // A lone last token is computed twice and stored once.
            var weights = (short*)scratch.Panel;
            var x = input.Words(token) + column;
            var y = input.Words(token + pair) + column;
            for (var group = 0; group < groups; group++)
            {
                Vector256<int> a0 = default, b0 = default, a1 = default, b1 = default;
                for (var i = 0; i < TFormat.GroupLength / 2; i++)
                {
                    var (first, second) = (Vector256.Load(weights), Vector256.Load(weights + 16));
                    var q = Vector256.Create(*(int*)x).AsInt16();
                    a0 += Avx2.MultiplyAddAdjacent(first, q);
                    b0 += Avx2.MultiplyAddAdjacent(second, q);
                    q = Vector256.Create(*(int*)y).AsInt16();
                    a1 += Avx2.MultiplyAddAdjacent(first, q);
                    b1 += Avx2.MultiplyAddAdjacent(second, q);
                    weights += 32;
                    x += 2;
                    y += 2;
                }
                var last = group % perRun == perRun - 1;
                GroupSum.Add<TFormat>(input, token, column, group, scratch, a0, b0, last);
                if (pair == 1)
                {
                    GroupSum.Add<TFormat>(input, token + 1, column, group, scratch, a1, b1, last);
                }
            }
        }
    }
}

/// <summary><see cref="PanelWords"/> read by 512-bit vectors, all sixteen rows at once.</summary>
internal readonly unsafe struct PanelWords512 : IPanel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* panel, int quad, int half, Vector256<byte> weights, int zeroPoint) =>
        PanelWords.Store(panel, quad, half, weights, zeroPoint);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TFormat>(Activations input, int column, int runs, int tokens, PanelScratch scratch)
        where TFormat : struct, IBlockFormat
    {
        var (groups, perRun) = (runs * (32 / TFormat.GroupLength), 32 / TFormat.GroupLength);
        for (var token = 0; token < tokens; token += 4)
        {
            var count = Math.Min(4, tokens - token); // Missing tokens repeat the last one and are not stored.
            var weights = (short*)scratch.Panel;
            var x = input.Words(token) + column;
            var (x1, x2, x3) = (Stride(input, count, 1), Stride(input, count, 2), Stride(input, count, 3));
            for (var group = 0; group < groups; group++)
            {
                Vector512<int> a0 = default, a1 = default, a2 = default, a3 = default;
                for (var i = 0; i < TFormat.GroupLength / 2; i++)
                {
                    var pairs = Vector512.Load(weights);
                    a0 += Avx512BW.MultiplyAddAdjacent(pairs, Vector512.Create(*(int*)x).AsInt16());
                    a1 += Avx512BW.MultiplyAddAdjacent(pairs, Vector512.Create(*(int*)(x + x1)).AsInt16());
                    a2 += Avx512BW.MultiplyAddAdjacent(pairs, Vector512.Create(*(int*)(x + x2)).AsInt16());
                    a3 += Avx512BW.MultiplyAddAdjacent(pairs, Vector512.Create(*(int*)(x + x3)).AsInt16());
                    weights += 32;
                    x += 2;
                }
                var last = group % perRun == perRun - 1;
                Add<TFormat>(input, token, column, group, scratch, a0, last, count > 0);
                Add<TFormat>(input, token + 1, column, group, scratch, a1, last, count > 1);
                Add<TFormat>(input, token + 2, column, group, scratch, a2, last, count > 2);
                Add<TFormat>(input, token + 3, column, group, scratch, a3, last, count > 3);
            }
        }
    }

    private static long Stride(Activations input, int count, int token) => (long)Math.Min(token, count - 1) * input.Columns;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TFormat>(
        Activations input, int token, int column, int group, PanelScratch scratch, Vector512<int> sums, bool last, bool wanted)
        where TFormat : struct, IBlockFormat
    {
        if (wanted)
        {
            GroupSum.Add<TFormat>(input, token, column, group, scratch, sums.GetLower(), sums.GetUpper(), last);
        }
    }
}
