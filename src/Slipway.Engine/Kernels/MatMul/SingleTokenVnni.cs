using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Slipway.Engine.Kernels.Formats;

namespace Slipway.Engine.Kernels.MatMul;

/// <summary>
/// The product of a strip with one token, where a panel would be written only to be read once: the transposed vectors
/// go from registers straight into the sums, by the same steps in the same order as <see cref="PanelBytes"/>.
/// </summary>
internal static unsafe class SingleTokenVnni<TFormat>
    where TFormat : struct, IBlockFormat
{
    /// <param name="first">The first of sixteen rows.</param>
    /// <param name="stride">Bytes from one row to the next.</param>
    /// <param name="columns">Values in a row.</param>
    /// <param name="input">The activations; the first row counts.</param>
    /// <param name="scratch">Gets the sums.</param>
    public static void Compute(byte* first, long stride, int columns, Activations input, PanelScratch scratch)
    {
        new Span<float>(scratch.Sums, MatMulKernel.StripRows).Clear();
        for (var column = 0; column < columns; column += PanelScratch.ChunkColumns)
        {
            var blocks = Math.Min(PanelScratch.ChunkColumns, columns - column) / 32 / TFormat.Runs;
            var rows = first + (column / 32 / TFormat.Runs * TFormat.Bytes);
            // Apart from the products: a vector loaded right after its lanes were stored one by one would have to wait.
            UnpackScales(rows, stride, blocks, scratch);
            AddChunk(rows, stride, blocks, input, column, scratch);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UnpackScales(byte* rows, long stride, int blocks, PanelScratch scratch)
    {
        var scales = scratch.Scales;
        var minima = scratch.Minima;
        var halves = HalfFloat.TablePointer;
        for (var i = 0; i < blocks; i++)
        {
            var row = rows;
            for (var r = 0; r < MatMulKernel.StripRows; r += 4)
            {
                TFormat.Scales(row, scales + r, minima + r, halves);
                TFormat.Scales(row + stride, scales + r + 1, minima + r + 1, halves);
                TFormat.Scales(row + (2 * stride), scales + r + 2, minima + r + 2, halves);
                TFormat.Scales(row + (3 * stride), scales + r + 3, minima + r + 3, halves);
                row += 4 * stride;
            }
            rows += TFormat.Bytes;
            scales += TFormat.Runs * (32 / TFormat.GroupLength) * MatMulKernel.StripRows;
            minima += TFormat.Runs * MatMulKernel.StripRows;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddChunk(byte* rows, long stride, int blocks, Activations input, int column, PanelScratch scratch)
    {
        var scales = scratch.Scales;
        var minima = scratch.Minima;
        var x = input.Bytes(0) + column;
        var xScales = input.Scales(0) + (column / 32);
        var xSums = input.Sums(0) + (column / 32);
        var zeros = input.Zeros(0, TFormat.GroupLength) + (column / TFormat.GroupLength);
        var ahead = MatMulKernel.StripRows * stride;
        var (low, high) = (Vector256.Load(scratch.Sums), Vector256.Load(scratch.Sums + 8));
        for (var i = 0; i < blocks; i++)
        {
            for (var run = 0; run < TFormat.Runs; run++)
            {
                if (TFormat.Bytes / TFormat.Runs > 32 || (i + run) % 2 == 0)
                {
                    StripPrefetch.Ask(rows + (run * TFormat.Bytes / TFormat.Runs) + ahead, stride);
                }
                low = AddRun(rows, stride, run, x, zeros, scales, *xScales, low);
                high = AddRun(rows + (8 * stride), stride, run, x, zeros, scales + 8, *xScales, high);
                if (TFormat.HasMinimum)
                {
                    var sum = Vector256.Create(*xSums++);
                    low = Vector256.FusedMultiplyAdd(Vector256.Load(minima), sum, low);
                    high = Vector256.FusedMultiplyAdd(Vector256.Load(minima + 8), sum, high);
                    minima += 16;
                }
                scales += 16 * (32 / TFormat.GroupLength);
                x += 32;
                zeros += 32 / TFormat.GroupLength;
                xScales++;
            }
            rows += TFormat.Bytes;
        }
        low.Store(scratch.Sums);
        high.Store(scratch.Sums + 8);
    }

    /// <summary>Adds the run of eight rows to their sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddRun(
        byte* rows, long stride, int run, sbyte* x, int* zeros, float* scales, float xScale, Vector256<float> sum)
    {
        var factor = Vector256.Create(xScale);
        var others = rows + (4 * stride);
        if (TFormat.PackedOffset >= 0)
        {
            var packed = DotPacked(rows + TFormat.PackedOffset, others + TFormat.PackedOffset, stride, x, zeros);
            return Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(packed), Vector256.Load(scales) * factor, sum);
        }
        TFormat.Load(rows, others, run, out var low0, out var high0);
        TFormat.Load(rows + stride, others + stride, run, out var low1, out var high1);
        TFormat.Load(rows + (2 * stride), others + (2 * stride), run, out var low2, out var high2);
        TFormat.Load(rows + (3 * stride), others + (3 * stride), run, out var low3, out var high3);
        var dot = Add16(Start(zeros), low0.AsInt32(), low1.AsInt32(), low2.AsInt32(), low3.AsInt32(), x);
        if (TFormat.GroupLength == 16)
        {
            sum = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(dot), Vector256.Load(scales) * factor, sum);
            scales += 16;
            dot = Start(zeros + 1);
        }
        dot = Add16(dot, high0.AsInt32(), high1.AsInt32(), high2.AsInt32(), high3.AsInt32(), x + 16);
        return Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(dot), Vector256.Load(scales) * factor, sum);
    }

    /// <summary>A run of nibbles: transposed before it is unpacked. High nibbles stay where they are and count sixteenfold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> DotPacked(byte* rows, byte* others, long stride, sbyte* x, int* zeros)
    {
        var r0 = Nibbles.Pair(rows, others).AsInt32();
        var r1 = Nibbles.Pair(rows + stride, others + stride).AsInt32();
        var r2 = Nibbles.Pair(rows + (2 * stride), others + (2 * stride)).AsInt32();
        var r3 = Nibbles.Pair(rows + (3 * stride), others + (3 * stride)).AsInt32();
        var (r01Low, r01High) = (Avx2.UnpackLow(r0, r1).AsInt64(), Avx2.UnpackHigh(r0, r1).AsInt64());
        var (r23Low, r23High) = (Avx2.UnpackLow(r2, r3).AsInt64(), Avx2.UnpackHigh(r2, r3).AsInt64());
        var low = Start(zeros);
        Vector256<int> high = default;
        AddPacked(Avx2.UnpackLow(r01Low, r23Low).AsByte(), x, ref low, ref high);
        AddPacked(Avx2.UnpackHigh(r01Low, r23Low).AsByte(), x + 4, ref low, ref high);
        AddPacked(Avx2.UnpackLow(r01High, r23High).AsByte(), x + 8, ref low, ref high);
        AddPacked(Avx2.UnpackHigh(r01High, r23High).AsByte(), x + 12, ref low, ref high);
        return low + (high >> 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPacked(Vector256<byte> packed, sbyte* x, ref Vector256<int> low, ref Vector256<int> high)
    {
        low = AvxVnni.MultiplyWideningAndAdd(low, packed & Vector256.Create((byte)0x0F), Broadcast(x));
        high = AvxVnni.MultiplyWideningAndAdd(high, packed & Vector256.Create((byte)0xF0), Broadcast(x + 16));
    }

    /// <summary>Sixteen columns of eight rows: a 4×4 transpose in each half, then four dot products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Add16(
        Vector256<int> dot, Vector256<int> r0, Vector256<int> r1, Vector256<int> r2, Vector256<int> r3, sbyte* x)
    {
        var (r01Low, r01High) = (Avx2.UnpackLow(r0, r1).AsInt64(), Avx2.UnpackHigh(r0, r1).AsInt64());
        var (r23Low, r23High) = (Avx2.UnpackLow(r2, r3).AsInt64(), Avx2.UnpackHigh(r2, r3).AsInt64());
        dot = AvxVnni.MultiplyWideningAndAdd(dot, Avx2.UnpackLow(r01Low, r23Low).AsByte(), Broadcast(x));
        dot = AvxVnni.MultiplyWideningAndAdd(dot, Avx2.UnpackHigh(r01Low, r23Low).AsByte(), Broadcast(x + 4));
        dot = AvxVnni.MultiplyWideningAndAdd(dot, Avx2.UnpackLow(r01High, r23High).AsByte(), Broadcast(x + 8));
        return AvxVnni.MultiplyWideningAndAdd(dot, Avx2.UnpackHigh(r01High, r23High).AsByte(), Broadcast(x + 12));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Broadcast(sbyte* x) => Vector256.Create(*(int*)x).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Start(int* zero) => TFormat.ZeroPoint == 0
        ? Vector256<int>.Zero
        : Vector256.Create(*zero) >> (7 - BitOperations.Log2((uint)TFormat.ZeroPoint));
}
