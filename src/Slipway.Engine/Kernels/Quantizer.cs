using System.Buffers.Binary;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Kernels;

/// <summary>Stores single values in a tensor format, by the plain rule of each: no search for better scales.</summary>
public static class Quantizer
{
    /// <summary>Encodes rows.</summary>
    /// <param name="type">The format.</param>
    /// <param name="values">Whole rows; the count must be a multiple of the format's block length.</param>
    /// <returns>The bytes as they stand in a file.</returns>
    /// <exception cref="ArgumentException">The count does not fit the block length.</exception>
    public static byte[] Encode(GgmlType type, ReadOnlySpan<float> values)
    {
        var length = type.BlockLength();
        if (values.Length % length != 0)
        {
            throw new ArgumentException($"{values.Length} values do not fill blocks of {length} ({type}).", nameof(values));
        }
        var bytes = new byte[type.RowBytes(values.Length)];
        for (var i = 0; i < values.Length / length; i++)
        {
            EncodeBlock(type, values.Slice(i * length, length), bytes.AsSpan(i * type.BlockBytes(), type.BlockBytes()));
        }
        return bytes;
    }

    private static void EncodeBlock(GgmlType type, ReadOnlySpan<float> x, Span<byte> block)
    {
        switch (type)
        {
            case GgmlType.F32: BinaryPrimitives.WriteSingleLittleEndian(block, x[0]); break;
            case GgmlType.F16: WriteHalf(block, x[0]); break;
            case GgmlType.BF16: BinaryPrimitives.WriteUInt16LittleEndian(block, ToBFloat(x[0])); break;
            case GgmlType.Q8_0: EncodeQ8(x, block); break;
            case GgmlType.Q4_0: EncodeSymmetric(x, block, bits: 4); break;
            case GgmlType.Q5_0: EncodeSymmetric(x, block, bits: 5); break;
            case GgmlType.Q4_1: EncodeAsymmetric(x, block, bits: 4); break;
            case GgmlType.Q5_1: EncodeAsymmetric(x, block, bits: 5); break;
            case GgmlType.Q4_K: SuperblockQuantizer.EncodeWithMinima(x, block, bits: 4); break;
            case GgmlType.Q5_K: SuperblockQuantizer.EncodeWithMinima(x, block, bits: 5); break;
            case GgmlType.Q6_K: SuperblockQuantizer.EncodeQ6(x, block); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown tensor type.");
        }
    }

    internal static void WriteHalf(Span<byte> target, float value) => BinaryPrimitives.WriteHalfLittleEndian(target, (Half)value);

    private static ushort ToBFloat(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 64) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private static void EncodeQ8(ReadOnlySpan<float> x, Span<byte> block)
    {
        var largest = 0f;
        foreach (var value in x)
        {
            largest = MathF.Max(largest, MathF.Abs(value));
        }
        var scale = largest / 127;
        WriteHalf(block, scale);
        for (var i = 0; i < 32; i++)
        {
            block[2 + i] = (byte)(sbyte)(scale == 0 ? 0 : MathF.Round(x[i] / scale, MidpointRounding.AwayFromZero));
        }
    }

    /// <summary>The value of largest magnitude becomes the lowest code, so that its sign decides which side reaches one further.</summary>
    private static void EncodeSymmetric(ReadOnlySpan<float> x, Span<byte> block, int bits)
    {
        var extreme = 0f;
        foreach (var value in x)
        {
            extreme = MathF.Abs(value) > MathF.Abs(extreme) ? value : extreme;
        }
        var zero = 1 << (bits - 1);
        var scale = extreme / -zero;
        WriteHalf(block, scale);
        Span<byte> codes = stackalloc byte[32];
        for (var i = 0; i < 32; i++)
        {
            codes[i] = (byte)(scale == 0 ? zero : Math.Clamp((int)((x[i] / scale) + zero + 0.5f), 0, (2 * zero) - 1));
        }
        WriteCodes(codes, block[2..], bits);
    }

    private static void EncodeAsymmetric(ReadOnlySpan<float> x, Span<byte> block, int bits)
    {
        var (low, high) = (float.MaxValue, float.MinValue);
        foreach (var value in x)
        {
            (low, high) = (MathF.Min(low, value), MathF.Max(high, value));
        }
        var most = (1 << bits) - 1;
        var scale = (high - low) / most;
        WriteHalf(block, scale);
        WriteHalf(block[2..], low);
        Span<byte> codes = stackalloc byte[32];
        for (var i = 0; i < 32; i++)
        {
            codes[i] = (byte)(scale == 0 ? 0 : Math.Clamp((int)(((x[i] - low) / scale) + 0.5f), 0, most));
        }
        WriteCodes(codes, block[4..], bits);
    }

    /// <summary>Fifth bits, where there are any, as 32 bits; then nibbles, value i beside value i + 16.</summary>
    internal static void WriteCodes(ReadOnlySpan<byte> codes, Span<byte> target, int bits)
    {
        if (bits == 5)
        {
            var fifth = 0u;
            for (var i = 0; i < 32; i++)
            {
                fifth |= (uint)(codes[i] >> 4) << i;
            }
            BinaryPrimitives.WriteUInt32LittleEndian(target, fifth);
            target = target[4..];
        }
        for (var i = 0; i < 16; i++)
        {
            target[i] = (byte)((codes[i] & 15) | ((codes[i + 16] & 15) << 4));
        }
    }
}
