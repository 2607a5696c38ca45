using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Slipway.Engine.Kernels;

namespace Slipway.Engine.Formats.Safetensors;

/// <summary>A tensor as it lies in the mapped file. Valid while the file is open.</summary>
internal sealed unsafe class SafetensorsTensor
{
    internal SafetensorsTensor(SafetensorsEntry entry, byte* data)
    {
        (Name, Type, Shape, ByteLength) = (entry.Name, entry.Type, entry.Shape, entry.End - entry.Begin);
        Data = data;
    }

    public string Name { get; }

    public SafetensorsType Type { get; }

    /// <summary>Lengths, the fastest-running last: a matrix of R rows and C columns is [R, C]. Empty for a single value.</summary>
    public ImmutableArray<long> Shape { get; }

    public long ByteLength { get; }

    /// <summary>Row-major, little-endian; not aligned to anything.</summary>
    public byte* Data { get; }

    /// <summary>Product of the shape; checked not to overflow.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, length) => product * length);

    /// <summary>Writes every value as a single.</summary>
    /// <param name="destination">[<see cref="ElementCount"/>].</param>
    /// <exception cref="ModelFormatException">The values are not F32, F16 or BF16.</exception>
    public void ReadSingles(float* destination)
    {
        var count = ElementCount;
        switch (Type)
        {
            case SafetensorsType.F32:
                Buffer.MemoryCopy(Data, destination, ByteLength, ByteLength);
                break;
            case SafetensorsType.F16:
                for (var i = 0L; i < count; i++)
                {
                    destination[i] = HalfFloat.ToSingle(Unsafe.ReadUnaligned<ushort>(Data + (2 * i)));
                }
                break;
            case SafetensorsType.BF16:
                for (var i = 0L; i < count; i++)
                {
                    destination[i] = BitConverter.UInt32BitsToSingle((uint)Unsafe.ReadUnaligned<ushort>(Data + (2 * i)) << 16);
                }
                break;
            default:
                throw new ModelFormatException($"Tensor '{Name}' is of type {Type}; weights are read from F32, F16 and BF16.");
        }
    }
}
