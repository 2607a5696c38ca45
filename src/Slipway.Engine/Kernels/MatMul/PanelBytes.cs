using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Slipway.Engine.Kernels.Formats;

namespace Slipway.Engine.Kernels.MatMul;

/// <summary>
/// [columns / 4][16 rows][4] unsigned bytes for AVX-VNNI, whose <c>vpdpbusd</c> adds four products of unsigned by
/// signed bytes to each 32-bit lane. The zero point is undone by starting each sum at −zero · Σq.
/// </summary>
/// <remarks>The loops hold raw pointers and call nothing: one call would spill all sums to the stack.</remarks>
internal readonly unsafe struct PanelBytes : IPanel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* panel, int quad, int half, Vector256<byte> weights, int zeroPoint) =>
        weights.Store(panel + (quad * 64) + (half * 32));

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
        var weights = scratch.Panel;
        var scales = scratch.Scales;
        var minima = scratch.Minima;
        var sums = scratch.Sums + (token * 16);
        long stride = input.Columns;
        var x = input.Bytes(token) + column;
        var xScales = input.Scales(token) + (column / 32);
        var xSums = input.Sums(token) + (column / 32);
        var zeros = input.Zeros(token, TFormat.GroupLength) + (column / TFormat.GroupLength);
        var (perRun, perGroup) = (stride / 32, stride / TFormat.GroupLength);
        for (var run = 0; run < runs; run++)
        {
            for (var group = 0; group < 32 / TFormat.GroupLength; group++)
            {
                var (a0, a1) = (Start<TFormat>(zeros), Start<TFormat>(zeros + perGroup));
                var (a2, a3) = (Start<TFormat>(zeros + (2 * perGroup)), Start<TFormat>(zeros + (3 * perGroup)));
                var (b0, b1, b2, b3) = (a0, a1, a2, a3);
                for (var quad = 0; quad < TFormat.GroupLength / 4; quad++)
                {
                    var (first, second) = (Vector256.Load(weights), Vector256.Load(weights + 32));
                    var q = Broadcast(x);
                    a0 = AvxVnni.MultiplyWideningAndAdd(a0, first, q);
                    b0 = AvxVnni.MultiplyWideningAndAdd(b0, second, q);
                    q = Broadcast(x + stride);
                    a1 = AvxVnni.MultiplyWideningAndAdd(a1, first, q);
                    b1 = AvxVnni.MultiplyWideningAndAdd(b1, second, q);
                    q = Broadcast(x + (2 * stride));
                    a2 = AvxVnni.MultiplyWideningAndAdd(a2, first, q);
                    b2 = AvxVnni.MultiplyWideningAndAdd(b2, second, q);
                    q = Broadcast(x + (3 * stride));
                    a3 = AvxVnni.MultiplyWideningAndAdd(a3, first, q);
                    b3 = AvxVnni.MultiplyWideningAndAdd(b3, second, q);
                    weights += 64;
                    x += 4;
                }
                GroupSum.Add(a0, b0, scales, xScales[0], sums);
                GroupSum.Add(a1, b1, scales, xScales[perRun], sums + 16);
                GroupSum.Add(a2, b2, scales, xScales[2 * perRun], sums + 32);
                GroupSum.Add(a3, b3, scales, xScales[3 * perRun], sums + 48);
                scales += 16;
                zeros++;
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
        var weights = scratch.Panel;
        var scales = scratch.Scales;
        var minima = scratch.Minima;
        var sums = scratch.Sums + (token * 16);
        var x = input.Bytes(token) + column;
        var xScales = input.Scales(token) + (column / 32);
        var xSums = input.Sums(token) + (column / 32);
        var zeros = input.Zeros(token, TFormat.GroupLength) + (column / TFormat.GroupLength);
        for (var run = 0; run < runs; run++)
        {
            for (var group = 0; group < 32 / TFormat.GroupLength; group++)
            {
                var a = Start<TFormat>(zeros);
                var b = a;
                for (var quad = 0; quad < TFormat.GroupLength / 4; quad++)
                {
                    var q = Broadcast(x);
                    a = AvxVnni.MultiplyWideningAndAdd(a, Vector256.Load(weights), q);
                    b = AvxVnni.MultiplyWideningAndAdd(b, Vector256.Load(weights + 32), q);
                    weights += 64;
                    x += 4;
                }
                GroupSum.Add(a, b, scales, xScales[run], sums);
                scales += 16;
                zeros++;
            }
            if (TFormat.HasMinimum)
            {
                GroupSum.AddMinima(minima + (run * 16), xSums[run], sums);
            }
        }
    }

    /// <summary>Four signed bytes in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Broadcast(sbyte* x) => Vector256.Create(*(int*)x).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Start<TFormat>(int* zero)
        where TFormat : struct, IBlockFormat => TFormat.ZeroPoint == 0
            ? Vector256<int>.Zero
            : Vector256.Create(*zero) >> (7 - BitOperations.Log2((uint)TFormat.ZeroPoint));
}
