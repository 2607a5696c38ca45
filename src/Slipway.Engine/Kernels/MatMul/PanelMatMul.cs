using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Slipway.Engine.Kernels.Formats;

namespace Slipway.Engine.Kernels.MatMul;

/// <summary>
/// Unpacks a chunk of a strip into a panel whose vectors hold the same columns of neighbouring rows, then runs all
/// tokens over it: one lane is one row, so no sum ever crosses lanes, and unpacking is paid once for all tokens.
/// </summary>
internal sealed unsafe class PanelMatMul<TFormat, TPanel> : MatMulKernel
    where TFormat : struct, IBlockFormat
    where TPanel : struct, IPanel
{
    public override bool NeedsBytes => true;

    public override void Compute(in Matrix weights, int firstRow, Activations input, int tokens, PanelScratch scratch)
    {
        if (tokens == 1 && typeof(TPanel) == typeof(PanelBytes) && firstRow + StripRows <= weights.Rows)
        {
            SingleTokenVnni<TFormat>.Compute(weights.Row(firstRow), weights.RowBytes, weights.Columns, input, scratch);
            return;
        }
        var rows = stackalloc byte*[StripRows];
        for (var i = 0; i < StripRows; i++)
        {
            rows[i] = weights.Row(Math.Min(firstRow + i, weights.Rows - 1)); // The last strip repeats the last row.
        }
        new Span<float>(scratch.Sums, tokens * StripRows).Clear();
        for (var column = 0; column < weights.Columns; column += PanelScratch.ChunkColumns)
        {
            var runs = Math.Min(PanelScratch.ChunkColumns, weights.Columns - column) / 32;
            Unpack(rows, column / 32, runs, weights.RowBytes, Ahead(weights, column), scratch);
            TPanel.Multiply<TFormat>(input, column, runs, tokens, scratch);
        }
    }

    /// <summary>Bytes from a block to the one needed a chunk later: further along the row, or in the next strip.</summary>
    private static long Ahead(in Matrix weights, int column) => column + PanelScratch.ChunkColumns < weights.Columns
        ? PanelScratch.ChunkColumns / 32 / TFormat.Runs * TFormat.Bytes
        : (StripRows * weights.RowBytes) - ((long)column / 32 / TFormat.Runs * TFormat.Bytes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unpack(byte** rows, int firstRun, int runs, long stride, long ahead, PanelScratch scratch)
    {
        var panel = scratch.Panel;
        var scales = scratch.Scales;
        var minima = scratch.Minima;
        var halves = HalfFloat.TablePointer;
        var block = (long)(firstRun / TFormat.Runs) * TFormat.Bytes; // Chunks begin at whole blocks.
        for (var first = 0; first < runs; first += TFormat.Runs)
        {
            for (var run = 0; run < TFormat.Runs; run++)
            {
                if (TFormat.Bytes / TFormat.Runs > 32 || (first + run) % 2 == 0) // About once per cache line of each row.
                {
                    StripPrefetch.Ask(rows[0] + block + (run * TFormat.Bytes / TFormat.Runs) + ahead, stride);
                }
                UnpackHalf(rows, block, run, panel, (first + run) * 8, half: 0);
                UnpackHalf(rows + 8, block, run, panel, (first + run) * 8, half: 1);
            }
            for (var row = 0; row < StripRows; row += 4)
            {
                TFormat.Scales(rows[row] + block, scales + row, minima + row, halves);
                TFormat.Scales(rows[row + 1] + block, scales + row + 1, minima + row + 1, halves);
                TFormat.Scales(rows[row + 2] + block, scales + row + 2, minima + row + 2, halves);
                TFormat.Scales(rows[row + 3] + block, scales + row + 3, minima + row + 3, halves);
            }
            scales += TFormat.Runs * (32 / TFormat.GroupLength) * StripRows;
            minima += TFormat.Runs * StripRows;
            block += TFormat.Bytes;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void UnpackHalf(byte** rows, long block, int run, byte* panel, int quad, int half)
    {
        TFormat.Load(rows[0] + block, rows[4] + block, run, out var low0, out var high0);
        TFormat.Load(rows[1] + block, rows[5] + block, run, out var low1, out var high1);
        TFormat.Load(rows[2] + block, rows[6] + block, run, out var low2, out var high2);
        TFormat.Load(rows[3] + block, rows[7] + block, run, out var low3, out var high3);
        StoreTransposed(panel, quad, half, low0.AsInt32(), low1.AsInt32(), low2.AsInt32(), low3.AsInt32());
        StoreTransposed(panel, quad + 4, half, high0.AsInt32(), high1.AsInt32(), high2.AsInt32(), high3.AsInt32());
    }

    /// <summary>In each half of the registers a 4×4 transpose: lane r of quad q becomes lane q of row r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreTransposed(
        byte* panel, int quad, int half, Vector256<int> r0, Vector256<int> r1, Vector256<int> r2, Vector256<int> r3)
    {
        var r01Low = Avx2.UnpackLow(r0, r1).AsInt64(); // r0[0] r1[0] r0[1] r1[1]
        var r01High = Avx2.UnpackHigh(r0, r1).AsInt64(); // r0[2] r1[2] r0[3] r1[3]
        var r23Low = Avx2.UnpackLow(r2, r3).AsInt64();
        var r23High = Avx2.UnpackHigh(r2, r3).AsInt64();
        TPanel.Store(panel, quad, half, Avx2.UnpackLow(r01Low, r23Low).AsByte(), TFormat.ZeroPoint);
        TPanel.Store(panel, quad + 1, half, Avx2.UnpackHigh(r01Low, r23Low).AsByte(), TFormat.ZeroPoint);
        TPanel.Store(panel, quad + 2, half, Avx2.UnpackLow(r01High, r23High).AsByte(), TFormat.ZeroPoint);
        TPanel.Store(panel, quad + 3, half, Avx2.UnpackHigh(r01High, r23High).AsByte(), TFormat.ZeroPoint);
    }
}
