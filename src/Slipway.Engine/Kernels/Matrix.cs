using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Kernels;

/// <summary>A weight matrix of <see cref="Rows"/> outputs by <see cref="Columns"/> inputs, row after row, in memory it does not own.</summary>
internal readonly unsafe struct Matrix
{
    public Matrix(byte* data, GgmlType type, int rows, int columns)
    {
        Data = data;
        Type = type;
        Rows = rows;
        Columns = columns;
        RowBytes = type.RowBytes(columns);
    }

    public byte* Data { get; }

    public GgmlType Type { get; }

    public int Rows { get; }

    public int Columns { get; }

    public long RowBytes { get; }

    public bool IsEmpty => Data is null;

    public byte* Row(int row) => Data + (row * RowBytes);
}
