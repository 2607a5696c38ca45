namespace Slipway.Engine.Kernels.Gemm;

/// <summary>C = α·A·B or C += α·A·B in singles (general matrix multiplication, GEMM in BLAS).</summary>
/// <param name="rows">Rows of A and C.</param>
/// <param name="columns">Columns of B and C.</param>
/// <param name="depth">Columns of A, rows of B.</param>
internal readonly unsafe struct GemmProduct(int rows, int columns, int depth)
{
    public int Rows => rows;

    public int Columns => columns;

    public int Depth => depth;

    /// <summary>[Rows][Depth].</summary>
    public required MatrixView A { get; init; }

    /// <summary>[Depth][Columns].</summary>
    public required MatrixView B { get; init; }

    /// <summary>[Rows][Columns], its columns running fastest.</summary>
    public required float* C { get; init; }

    /// <summary>Singles from row to row of <see cref="C"/>.</summary>
    public required int Stride { get; init; }

    public float Alpha { get; init; } = 1;

    /// <summary>Whether the product is added to what C holds.</summary>
    public bool Accumulates { get; init; }
}
