using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Kernels.Gemm;

/// <summary>One worker's packed panels, and the product of one part of C that fits them. Not for two threads at once.</summary>
internal sealed unsafe class GemmScratch(KernelTier tier) : IDisposable
{
    /// <summary>Rows or columns of C at most in one part: with <see cref="Depth"/>, a quarter MiB of packed A and as much of B.</summary>
    public const int Side = 256;

    /// <summary>Steps of the sum that are packed at once.</summary>
    public const int Depth = 256;

    private readonly NativeBuffer<float> _a = new(Side * Depth);
    private readonly NativeBuffer<float> _b = new(Side * Depth);
    private readonly NativeBuffer<float> _sums = new(GemmTile.Rows * GemmTile.Columns);

    /// <summary>Computes C = α·A·B, or C += α·A·B, of any size, on the calling thread.</summary>
    public void Multiply(in GemmProduct product)
    {
        for (var row = 0; row < product.Rows; row += Side)
        {
            for (var column = 0; column < product.Columns; column += Side)
            {
                Multiply(product, row, Math.Min(Side, product.Rows - row), column, Math.Min(Side, product.Columns - column));
            }
        }
    }

    /// <summary>Computes the part of C at (row, column); each side at most <see cref="Side"/>.</summary>
    public void Multiply(in GemmProduct product, int row, int rows, int column, int columns)
    {
        for (var k = 0; k < product.Depth; k += Depth)
        {
            var depth = Math.Min(Depth, product.Depth - k);
            GemmPacking.Pack(product.A.From(row, k), rows, depth, GemmTile.Rows, _a.Pointer);
            GemmPacking.Pack(product.B.From(k, column).Transposed, columns, depth, GemmTile.Columns, _b.Pointer);
            var accumulates = product.Accumulates || k > 0;
            for (var j = 0; j < columns; j += GemmTile.Columns)
            {
                for (var i = 0; i < rows; i += GemmTile.Rows)
                {
                    GemmTile.Compute(tier, _a.Pointer + (i * depth), _b.Pointer + (j * depth), depth, _sums.Pointer);
                    var target = product.C + ((long)(row + i) * product.Stride) + column + j;
                    Store(target, product.Stride, Math.Min(GemmTile.Rows, rows - i), Math.Min(GemmTile.Columns, columns - j), product.Alpha, accumulates);
                }
            }
        }
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        _sums.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Store(float* target, int stride, int rows, int columns, float alpha, bool accumulates)
    {
        var sums = _sums.Pointer;
        var factor = Vector256.Create(alpha);
        for (var i = 0; i < rows; i++, target += stride, sums += GemmTile.Columns)
        {
            var j = 0;
            for (; j <= columns - 8; j += 8)
            {
                var old = accumulates ? Vector256.Load(target + j) : Vector256<float>.Zero;
                Vector256.FusedMultiplyAdd(factor, Vector256.Load(sums + j), old).Store(target + j);
            }
            for (; j < columns; j++)
            {
                target[j] = MathF.FusedMultiplyAdd(alpha, sums[j], accumulates ? target[j] : 0);
            }
        }
    }
}
