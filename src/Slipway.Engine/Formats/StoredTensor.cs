using System.Collections.Immutable;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Formats;

/// <summary>A tensor in a format that kernels read, wherever it came from. Valid while its model is open.</summary>
/// <param name="name">What its file calls it.</param>
/// <param name="type">Format of the values.</param>
/// <param name="dimensions">Lengths, the fastest-running first: a matrix of R rows and C columns is [C, R].</param>
/// <param name="data">Rows one after another; not aligned to anything.</param>
internal sealed unsafe class StoredTensor(string name, GgmlType type, ImmutableArray<long> dimensions, byte* data)
{
    public string Name => name;

    public GgmlType Type => type;

    public ImmutableArray<long> Dimensions => dimensions;

    public byte* Data => data;

    /// <summary>
    /// For a matrix whose columns are stored in another order than its inputs come: the input of each column. Null where
    /// they come in the same order.
    /// </summary>
    public int[]? InputOrder { get; init; }

    public long ElementCount => dimensions.Aggregate(1L, (product, length) => product * length);

    public long ByteLength => ElementCount == 0 ? 0 : type.RowBytes(RowLength) * (ElementCount / RowLength);

    private long RowLength => dimensions is [var first, ..] ? first : 1;
}
