using System.Runtime.Intrinsics;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Quantization.Search;

namespace Slipway.Engine.Quantization;

/// <summary>
/// Stores single values in a tensor format as exactly as the format can: scales are searched where
/// <see cref="Quantizer"/> takes the plain ones. Not for two threads at once.
/// </summary>
/// <remarks>The same values give the same bytes on every processor, whatever the kernels.</remarks>
public sealed class RowEncoder : IDisposable
{
    private readonly MinimumBlockSearch _minima;
    private readonly SignedBlockSearch _signed;
    private readonly ShortBlockSearch _short;

    /// <param name="tier">Which kernels search; those of <see cref="KernelTable.Choose()"/> but in tests.</param>
    public RowEncoder(KernelTier tier)
    {
        (_minima, _signed, _short) = (new MinimumBlockSearch(tier), new SignedBlockSearch(tier), new ShortBlockSearch(tier));
    }

    /// <summary>Magnitudes from here on have no place in a format: halves end there, and block formats store scales in them.</summary>
    public static float Limit(GgmlType type) => type switch
    {
        GgmlType.F32 => float.PositiveInfinity,
        GgmlType.BF16 => 3.3961775e38f, // Halfway from the largest finite one to the next power of two; it rounds up.
        _ => 65_520,
    };

    /// <summary>Where the first value stands that is not a number, infinite, or not below <see cref="Limit"/>; −1 where all are well.</summary>
    public static int FindUnfit(GgmlType type, ReadOnlySpan<float> values)
    {
        var limit = Vector256.Create(Limit(type));
        for (var i = 0; i < values.Length; i += 8)
        {
            if (i > values.Length - 8 || !Vector256.LessThanAll(Vector256.Abs(Vector256.Create(values[i..])), limit))
            {
                for (var j = i; j < Math.Min(i + 8, values.Length); j++)
                {
                    if (!(MathF.Abs(values[j]) < limit[0]))
                    {
                        return j;
                    }
                }
            }
        }
        return -1;
    }

    /// <summary>What is wrong with a value that <see cref="FindUnfit"/> found.</summary>
    internal static ModelFormatException UnfitFault(GgmlType type, string tensor, long row, long column, float value)
    {
        var what = float.IsFinite(value)
            ? FormattableString.Invariant($"{value}; {type} holds magnitudes below {Limit(type)}")
            : FormattableString.Invariant($"{value}; accepted are finite numbers");
        return new ModelFormatException(FormattableString.Invariant($"Tensor '{tensor}': the value in row {row}, column {column} is {what}."));
    }

    /// <summary>Encodes rows.</summary>
    /// <param name="type">The format.</param>
    /// <param name="values">Whole blocks, in which <see cref="FindUnfit"/> found nothing.</param>
    /// <param name="bytes">Exactly what the values take.</param>
    public void Encode(GgmlType type, ReadOnlySpan<float> values, Span<byte> bytes)
    {
        var (length, size) = (type.BlockLength(), type.BlockBytes());
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length % length, 0, nameof(values));
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, values.Length / length * size, nameof(bytes));
        if (length == 1)
        {
            ValueEncoder.Encode(type, values, bytes);
            return;
        }
        bytes.Clear();
        for (var i = 0; i < values.Length / length; i++)
        {
            EncodeBlock(type, values.Slice(i * length, length), bytes.Slice(i * size, size));
        }
    }

    public void Dispose()
    {
        _minima.Dispose();
        _signed.Dispose();
        _short.Dispose();
    }

    private void EncodeBlock(GgmlType type, ReadOnlySpan<float> x, Span<byte> block)
    {
        switch (type)
        {
            case GgmlType.Q8_0: ValueEncoder.EncodeQ8(x, block); break;
            case GgmlType.Q4_0: _short.EncodeSigned(x, block, bits: 4); break;
            case GgmlType.Q5_0: _short.EncodeSigned(x, block, bits: 5); break;
            case GgmlType.Q4_1: _short.EncodeWithMinimum(x, block, bits: 4); break;
            case GgmlType.Q5_1: _short.EncodeWithMinimum(x, block, bits: 5); break;
            case GgmlType.Q4_K: _minima.Encode(x, block, bits: 4); break;
            case GgmlType.Q5_K: _minima.Encode(x, block, bits: 5); break;
            default: _signed.Encode(x, block); break;
        }
    }
}
