using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Kernels.MatMul;

/// <summary>Products of F32, F16 and BF16 weights with single activations; one fused multiply-add per column, in order.</summary>
internal abstract unsafe class FloatMatMul(GgmlType type) : MatMulKernel
{
    public override bool NeedsBytes => false;

    protected GgmlType Type => type;

    public static FloatMatMul Create(GgmlType type, KernelTier tier) =>
        tier == KernelTier.Scalar ? new ScalarFloatMatMul(type) : new VectorFloatMatMul(type);

    protected static float ReadValue(GgmlType type, byte* row, int column) => type switch
    {
        GgmlType.F32 => ((float*)row)[column],
        GgmlType.F16 => HalfFloat.ToSingle(((ushort*)row)[column]),
        _ => BitConverter.UInt32BitsToSingle((uint)((ushort*)row)[column] << 16),
    };
}

/// <summary>The reference.</summary>
internal sealed unsafe class ScalarFloatMatMul(GgmlType type) : FloatMatMul(type)
{
    public override void Compute(in Matrix weights, int firstRow, Activations input, int tokens, PanelScratch scratch)
    {
        for (var token = 0; token < tokens; token++)
        {
            for (var row = 0; row < Math.Min(StripRows, weights.Rows - firstRow); row++)
            {
                var sum = 0f;
                for (var k = 0; k < weights.Columns; k++)
                {
                    sum = MathF.FusedMultiplyAdd(ReadValue(Type, weights.Row(firstRow + row), k), input.Row(token)[k], sum);
                }
                scratch.Sums[(token * StripRows) + row] = sum;
            }
        }
    }
}

/// <summary>The panel form: [columns][16 rows] singles.</summary>
internal sealed unsafe class VectorFloatMatMul(GgmlType type) : FloatMatMul(type)
{
    public override void Compute(in Matrix weights, int firstRow, Activations input, int tokens, PanelScratch scratch)
    {
        var rows = stackalloc byte*[StripRows];
        for (var i = 0; i < StripRows; i++)
        {
            rows[i] = weights.Row(Math.Min(firstRow + i, weights.Rows - 1));
        }
        new Span<float>(scratch.Sums, tokens * StripRows).Clear();
        for (var column = 0; column < weights.Columns; column += PanelScratch.ChunkColumns)
        {
            var columns = Math.Min(PanelScratch.ChunkColumns, weights.Columns - column);
            Unpack(rows, column, columns, (float*)scratch.Panel);
            for (var token = 0; token < tokens; token += 2)
            {
                var y = Math.Min(token + 1, tokens - 1); // A lone last token is computed twice, to the same end.
                Multiply((float*)scratch.Panel, columns, input.Row(token) + column, input.Row(y) + column,
                    scratch.Sums + (token * StripRows), scratch.Sums + (y * StripRows));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(float* panel, int columns, float* x, float* y, float* sumsX, float* sumsY)
    {
        var (a0, a1) = (Vector256.Load(sumsX), Vector256.Load(sumsX + 8));
        var (b0, b1) = (Vector256.Load(sumsY), Vector256.Load(sumsY + 8));
        for (var k = 0; k < columns; k++, panel += StripRows)
        {
            var (first, second) = (Vector256.Load(panel), Vector256.Load(panel + 8));
            var (qx, qy) = (Vector256.Create(x[k]), Vector256.Create(y[k]));
            a0 = Vector256.FusedMultiplyAdd(first, qx, a0);
            a1 = Vector256.FusedMultiplyAdd(second, qx, a1);
            b0 = Vector256.FusedMultiplyAdd(first, qy, b0);
            b1 = Vector256.FusedMultiplyAdd(second, qy, b1);
        }
        a0.Store(sumsX);
        a1.Store(sumsX + 8);
        b0.Store(sumsY);
        b1.Store(sumsY + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Unpack(byte** rows, int column, int columns, float* panel)
    {
        var perChunk = Type == GgmlType.F32 ? 4 : 8; // values in 16 bytes
        var size = 16 / perChunk;
        var k = 0;
        for (; k <= columns - perChunk; k += perChunk)
        {
            UnpackChunk(rows, (long)(column + k) * size, panel + (k * StripRows));
            UnpackChunk(rows + 8, (long)(column + k) * size, panel + (k * StripRows) + 8);
        }
        for (; k < columns; k++)
        {
            for (var row = 0; row < StripRows; row++)
            {
                panel[(k * StripRows) + row] = ReadValue(Type, rows[row], column + k);
            }
        }
    }

    /// <summary>Sixteen bytes of eight rows: the 4×4 transpose of <see cref="PanelMatMul{TFormat,TPanel}"/>, then widening.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void UnpackChunk(byte** rows, long offset, float* panel)
    {
        var r0 = Formats.Nibbles.Pair(rows[0] + offset, rows[4] + offset).AsInt32();
        var r1 = Formats.Nibbles.Pair(rows[1] + offset, rows[5] + offset).AsInt32();
        var r2 = Formats.Nibbles.Pair(rows[2] + offset, rows[6] + offset).AsInt32();
        var r3 = Formats.Nibbles.Pair(rows[3] + offset, rows[7] + offset).AsInt32();
        var (r01Low, r01High) = (Avx2.UnpackLow(r0, r1).AsInt64(), Avx2.UnpackHigh(r0, r1).AsInt64());
        var (r23Low, r23High) = (Avx2.UnpackLow(r2, r3).AsInt64(), Avx2.UnpackHigh(r2, r3).AsInt64());
        StoreLanes(Avx2.UnpackLow(r01Low, r23Low).AsUInt32(), panel, 0);
        StoreLanes(Avx2.UnpackHigh(r01Low, r23Low).AsUInt32(), panel, 1);
        StoreLanes(Avx2.UnpackLow(r01High, r23High).AsUInt32(), panel, 2);
        StoreLanes(Avx2.UnpackHigh(r01High, r23High).AsUInt32(), panel, 3);
    }

    /// <summary>One 32-bit word of eight rows: one single, or two columns of 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StoreLanes(Vector256<uint> lanes, float* panel, int word)
    {
        if (Type == GgmlType.F32)
        {
            lanes.AsSingle().Store(panel + (word * StripRows));
            return;
        }
        var (even, odd) = Type == GgmlType.F16
            ? (HalfFloat.ToSingle(lanes & Vector256.Create(0xFFFFu)), HalfFloat.ToSingle(lanes >> 16))
            : ((lanes << 16).AsSingle(), (lanes & Vector256.Create(0xFFFF0000u)).AsSingle());
        even.Store(panel + (word * 2 * StripRows));
        odd.Store(panel + (((word * 2) + 1) * StripRows));
    }
}
