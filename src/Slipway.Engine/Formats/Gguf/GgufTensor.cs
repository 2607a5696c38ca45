using System.Collections.Immutable;

namespace Slipway.Engine.Formats.Gguf;

/// <summary>A tensor as it lies in the mapped file. Valid while the file is open.</summary>
public sealed unsafe class GgufTensor
{
    internal GgufTensor(string name, GgmlType type, ImmutableArray<long> dimensions, long byteLength, byte* data)
    {
        Name = name;
        Type = type;
        Dimensions = dimensions;
        ByteLength = byteLength;
        Data = data;
    }

    public string Name { get; }

    public GgmlType Type { get; }

    /// <summary>Lengths, the fastest-running first: a matrix of R rows and C columns is [C, R].</summary>
    public ImmutableArray<long> Dimensions { get; }

    public long ByteLength { get; }

    public byte* Data { get; }

    /// <summary>Product of the dimensions; checked not to overflow.</summary>
    public long ElementCount => Dimensions.Aggregate(1L, (product, length) => product * length);
}
