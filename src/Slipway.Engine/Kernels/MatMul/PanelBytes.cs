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
        var (groups, perRun) = (runs * (32 / TFormat.GroupLength), 32 / TFormat.GroupLength);
        var x = input.Bytes(token) + column;
        var stride = input.Columns;
        for (var group = 0; group < groups; group++)
        {
            var (a0, a1, a2, a3) = (Start<TFormat>(input, token, column, group), Start<TFormat>(input, token + 1, column, group),
                Start<TFormat>(input, token + 2, column, group), Start<TFormat>(input, token + 3, column, group));
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
            var last = group % perRun == perRun - 1;
            GroupSum.Add<TFormat>(input, token, column, group, scratch, a0, b0, last);
            GroupSum.Add<TFormat>(input, token + 1, column, group, scratch, a1, b1, last);
            GroupSum.Add<TFormat>(input, token + 2, column, group, scratch, a2, b2, last);
            GroupSum.Add<TFormat>(input, token + 3, column, group, scratch, a3, b3, last);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneToken<TFormat>(Activations input, int token, int column, int runs, PanelScratch scratch)
        where TFormat : struct, IBlockFormat
    {
        var weights = scratch.Panel;
        var (groups, perRun) = (runs * (32 / TFormat.GroupLength), 32 / TFormat.GroupLength);
        var x = input.Bytes(token) + column;
        for (var group = 0; group < groups; group++)
        {
            var a = Start<TFormat>(input, token, column, group);
            var b = a;
            for (var quad = 0; quad < TFormat.GroupLength / 4; quad++)
            {
                var q = Broadcast(x);
                a = AvxVnni.MultiplyWideningAndAdd(a, Vector256.Load(weights), q);
                b = AvxVnni.MultiplyWideningAndAdd(b, Vector256.Load(weights + 32), q);
                weights += 64;
                x += 4;
            }
            GroupSum.Add<TFormat>(input, token, column, group, scratch, a, b, group % perRun == perRun - 1);
        }
    }

    /// <summary>Four signed bytes in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Broadcast(sbyte* x) => Vector256.Create(*(int*)x).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Start<TFormat>(Activations input, int token, int column, int group)
        where TFormat : struct, IBlockFormat => TFormat.ZeroPoint == 0
            ? Vector256<int>.Zero
            : Vector256.Create(input.Zeros(token, TFormat.GroupLength)[(column / TFormat.GroupLength) + group])
                >> (7 - BitOperations.Log2((uint)TFormat.ZeroPoint));
}
