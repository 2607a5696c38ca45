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
    /// <param name="rows">Sixteen row pointers.</param>
    /// <param name="runs">Columns / 32.</param>
    /// <param name="ahead">Bytes from a row to the one that is needed next in its place.</param>
    /// <param name="input">The activations; the first row counts.</param>
    /// <param name="scratch">Gets the sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compute(byte** rows, int runs, long ahead, Activations input, PanelScratch scratch)
    {
        var (scales, minima) = ((nint)scratch.Scales, (nint)scratch.Minima);
        var halves = HalfFloat.TablePointer;
        var x = input.Bytes(0);
        var xScales = input.Scales(0);
        var xSums = input.Sums(0);
        var zeros = input.Zeros(0, TFormat.GroupLength);
        Vector256<float> low = default, high = default;
        var block = 0L;
        for (var first = 0; first < runs; first += TFormat.Runs)
        {
            for (var row = 0; row < MatMulKernel.StripRows; row += 2)
            {
                TFormat.Scales(rows[row] + block, (float*)scales + row, (float*)minima + row, halves);
                TFormat.Scales(rows[row + 1] + block, (float*)scales + row + 1, (float*)minima + row + 1, halves);
            }
            var scale = (float*)scales;
            for (var run = 0; run < TFormat.Runs; run++)
            {
                if (TFormat.Bytes / TFormat.Runs > 32 || (first + run) % 2 == 0)
                {
                    StripPrefetch.Ask(rows, block + (run * TFormat.Bytes / TFormat.Runs) + ahead);
                }
                low = AddRun(rows, block, run, x, zeros, scale, *xScales, low);
                high = AddRun(rows + 8, block, run, x, zeros, scale + 8, *xScales, high);
                if (TFormat.HasMinimum)
                {
                    var sum = Vector256.Create(*xSums++);
                    low = Vector256.FusedMultiplyAdd(Vector256.Load((float*)minima + (run * 16)), sum, low);
                    high = Vector256.FusedMultiplyAdd(Vector256.Load((float*)minima + (run * 16) + 8), sum, high);
                }
                scale += 16 * (32 / TFormat.GroupLength);
                x += 32;
                zeros += 32 / TFormat.GroupLength;
                xScales++;
            }
            block += TFormat.Bytes;
        }
        low.Store(scratch.Sums);
        high.Store(scratch.Sums + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddRun(
        byte** rows, long block, int run, sbyte* x, int* zeros, float* scales, float xScale, Vector256<float> sum)
    {
        TFormat.Load(rows[0] + block, rows[4] + block, run, out var low0, out var high0);
        TFormat.Load(rows[1] + block, rows[5] + block, run, out var low1, out var high1);
        TFormat.Load(rows[2] + block, rows[6] + block, run, out var low2, out var high2);
        TFormat.Load(rows[3] + block, rows[7] + block, run, out var low3, out var high3);
        var factor = Vector256.Create(xScale);
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
