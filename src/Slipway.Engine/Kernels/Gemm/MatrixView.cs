namespace Slipway.Engine.Kernels.Gemm;

/// <summary>Singles seen as a matrix: the element (row, column) stands at row · RowStride + column · ColumnStride.</summary>
/// <remarks>One of the strides must be 1. A transposed view swaps them; nothing is copied.</remarks>
internal readonly unsafe record struct MatrixView(nint Address, int RowStride, int ColumnStride)
{
    /// <summary>[rows][columns] with <paramref name="stride"/> singles from row to row.</summary>
    public MatrixView(float* data, int stride)
        : this((nint)data, stride, 1)
    {
    }

    public MatrixView Transposed => new(Address, ColumnStride, RowStride);

    public float* At(int row, int column) => (float*)Address + ((long)row * RowStride) + ((long)column * ColumnStride);

    /// <summary>The part that begins at an element.</summary>
    public MatrixView From(int row, int column) => new((nint)At(row, column), RowStride, ColumnStride);
}
