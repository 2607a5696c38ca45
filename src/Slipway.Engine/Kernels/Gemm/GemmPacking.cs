using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Slipway.Engine.Kernels.Gemm;

/// <summary>
/// Copies a part of a matrix into panels: [panel][depth][width], where width neighbours are the rows of A or the columns
/// of B that a tile needs at one depth. Missing neighbours of the last panel are zero.
/// </summary>
internal static unsafe class GemmPacking
{
    /// <param name="source">The element (neighbour, depth) at its row and column.</param>
    /// <param name="neighbours">How many there are.</param>
    /// <param name="depth">Steps of the sum.</param>
    /// <param name="width">8 or 32.</param>
    /// <param name="panels">[⌈neighbours / width⌉][depth][width].</param>
    public static void Pack(MatrixView source, int neighbours, int depth, int width, float* panels)
    {
        for (var first = 0; first < neighbours; first += width, panels += depth * width)
        {
            var part = source.From(first, 0);
            var count = Math.Min(width, neighbours - first);
            if (count < width)
            {
                new Span<float>(panels, depth * width).Clear();
                PackPlain(part, count, 0, depth, width, panels);
            }
            else if (part.RowStride == 1)
            {
                CopyRows((float*)part.Address, part.ColumnStride, depth, width, panels);
            }
            else if (Avx.IsSupported)
            {
                var whole = depth & ~7;
                for (var group = 0; group < width; group += 8)
                {
                    Transpose((float*)part.Address + ((long)group * part.RowStride), part.RowStride, whole, width, panels + group);
                }
                PackPlain(part, width, whole, depth, width, panels);
            }
            else
            {
                PackPlain(part, width, 0, depth, width, panels);
            }
        }
    }

    private static void PackPlain(MatrixView source, int count, int from, int depth, int width, float* panel)
    {
        for (var k = from; k < depth; k++)
        {
            for (var i = 0; i < count; i++)
            {
                panel[(k * width) + i] = *source.At(i, k);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyRows(float* source, int stride, int depth, int width, float* panel)
    {
        for (var k = 0; k < depth; k++, source += stride, panel += width)
        {
            for (var i = 0; i < width; i += 8)
            {
                Vector256.Load(source + i).Store(panel + i);
            }
        }
    }

    /// <summary>Eight rows, eight depths at a time: pairs, then fours, then halves change places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(float* source, int stride, int depth, int width, float* panel)
    {
        for (var k = 0; k < depth; k += 8, source += 8, panel += 8 * width)
        {
            var (r0, r1) = (Vector256.Load(source), Vector256.Load(source + stride));
            var (r2, r3) = (Vector256.Load(source + (2L * stride)), Vector256.Load(source + (3L * stride)));
            var (r4, r5) = (Vector256.Load(source + (4L * stride)), Vector256.Load(source + (5L * stride)));
            var (r6, r7) = (Vector256.Load(source + (6L * stride)), Vector256.Load(source + (7L * stride)));
            var (a0, a1) = (Avx.UnpackLow(r0, r1), Avx.UnpackHigh(r0, r1));
            var (a2, a3) = (Avx.UnpackLow(r2, r3), Avx.UnpackHigh(r2, r3));
            var (a4, a5) = (Avx.UnpackLow(r4, r5), Avx.UnpackHigh(r4, r5));
            var (a6, a7) = (Avx.UnpackLow(r6, r7), Avx.UnpackHigh(r6, r7));
            var (b0, b1) = (Avx.Shuffle(a0, a2, 0x44), Avx.Shuffle(a0, a2, 0xEE));
            var (b2, b3) = (Avx.Shuffle(a1, a3, 0x44), Avx.Shuffle(a1, a3, 0xEE));
            var (b4, b5) = (Avx.Shuffle(a4, a6, 0x44), Avx.Shuffle(a4, a6, 0xEE));
            var (b6, b7) = (Avx.Shuffle(a5, a7, 0x44), Avx.Shuffle(a5, a7, 0xEE));
            Avx.Permute2x128(b0, b4, 0x20).Store(panel);
            Avx.Permute2x128(b1, b5, 0x20).Store(panel + width);
            Avx.Permute2x128(b2, b6, 0x20).Store(panel + (2 * width));
            Avx.Permute2x128(b3, b7, 0x20).Store(panel + (3 * width));
            Avx.Permute2x128(b0, b4, 0x31).Store(panel + (4 * width));
            Avx.Permute2x128(b1, b5, 0x31).Store(panel + (5 * width));
            Avx.Permute2x128(b2, b6, 0x31).Store(panel + (6 * width));
            Avx.Permute2x128(b3, b7, 0x31).Store(panel + (7 * width));
        }
    }
}
