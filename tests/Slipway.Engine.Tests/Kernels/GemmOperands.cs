using Slipway.Engine.Kernels.Gemm;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Tests.Kernels;

/// <summary>
/// Random matrices for a product, their rows longer than what the product may touch. What it must not read is not a number,
/// what it must not write is checked.
/// </summary>
internal sealed unsafe class GemmOperands : IDisposable
{
    private const int Gap = 5;
    private const float Untouched = 12345;
    private readonly int _rows;
    private readonly int _columns;
    private readonly int _depth;
    private readonly bool _transposesA;
    private readonly bool _transposesB;
    private readonly NativeBuffer<float> _a;
    private readonly NativeBuffer<float> _b;
    private readonly NativeBuffer<float> _c;
    private readonly float[] _before;

    /// <param name="rows">Rows of the result.</param>
    /// <param name="columns">Columns of the result.</param>
    /// <param name="depth">Length of each sum.</param>
    /// <param name="transposesA">Whether A lies as [depth][rows].</param>
    /// <param name="transposesB">Whether B lies as [columns][depth].</param>
    public GemmOperands(int rows, int columns, int depth, bool transposesA, bool transposesB)
    {
        (_rows, _columns, _depth, _transposesA, _transposesB) = (rows, columns, depth, transposesA, transposesB);
        var random = new Random(1);
        _a = transposesA ? Draw(random, depth, rows) : Draw(random, rows, depth);
        _b = transposesB ? Draw(random, columns, depth) : Draw(random, depth, columns);
        _c = Draw(random, rows, columns, outside: Untouched);
        _before = Result();
    }

    public float* A => _a.Pointer;

    public int AStride => (_transposesA ? _rows : _depth) + Gap;

    public GemmProduct Product()
    {
        var a = new MatrixView(_a.Pointer, AStride);
        var b = new MatrixView(_b.Pointer, (_transposesB ? _depth : _columns) + Gap);
        return new GemmProduct(_rows, _columns, _depth)
        {
            A = _transposesA ? a.Transposed : a,
            B = _transposesB ? b.Transposed : b,
            C = _c.Pointer,
            Stride = _columns + Gap,
        };
    }

    /// <summary>[rows][columns].</summary>
    public float[] Result()
    {
        var result = new float[_rows * _columns];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = At(_c, i / _columns, i % _columns, _columns);
        }
        return result;
    }

    public void FillResult(float value)
    {
        for (var i = 0; i < _rows * _columns; i++)
        {
            At(_c, i / _columns, i % _columns, _columns) = value;
        }
    }

    /// <summary>
    /// A chain of n roundings to single strays from the exact sum by at most n · 2⁻²⁴ of the sum of magnitudes; the factor and
    /// the addition round twice more.
    /// </summary>
    public void AssertHoldsProduct(double alpha, bool accumulates)
    {
        for (var row = 0; row < _rows; row++)
        {
            for (var column = 0; column < _columns; column++)
            {
                var before = accumulates ? _before[(row * _columns) + column] : 0.0;
                var (sum, magnitude) = (before, Math.Abs(before));
                for (var k = 0; k < _depth; k++)
                {
                    var a = _transposesA ? At(_a, k, row, _rows) : At(_a, row, k, _depth);
                    var b = _transposesB ? At(_b, column, k, _depth) : At(_b, k, column, _columns);
                    sum += alpha * a * b;
                    magnitude += Math.Abs(alpha * a * b);
                }
                var bound = (_depth + 3) * magnitude / (1 << 24);
                Assert.InRange(At(_c, row, column, _columns), sum - bound, sum + bound);
            }
            for (var column = _columns; column < _columns + Gap; column++)
            {
                Assert.Equal(Untouched, _c.Pointer[(row * (_columns + Gap)) + column]);
            }
        }
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        _c.Dispose();
    }

    private static ref float At(NativeBuffer<float> matrix, int row, int column, int columns) =>
        ref matrix.Pointer[(row * (columns + Gap)) + column];

    private static NativeBuffer<float> Draw(Random random, int rows, int columns, float outside = float.NaN)
    {
        var matrix = new NativeBuffer<float>(rows * (columns + Gap));
        matrix.Span.Fill(outside);
        for (var i = 0; i < rows * columns; i++)
        {
            At(matrix, i / columns, i % columns, columns) = (float)((random.NextDouble() * 2) - 1);
        }
        return matrix;
    }
}
