using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;

namespace Slipway.Engine.Quantization;

/// <summary>Formats with nothing to search, eight values at a time: bit for bit what <see cref="Quantizer"/> writes.</summary>
internal static class ValueEncoder
{
    /// <summary>F32, F16 and BF16.</summary>
    public static void Encode(GgmlType type, ReadOnlySpan<float> values, Span<byte> bytes)
    {
        if (type == GgmlType.F32)
        {
            MemoryMarshal.AsBytes(values).CopyTo(bytes);
            return;
        }
        var words = MemoryMarshal.Cast<byte, ushort>(bytes);
        var i = 0;
        for (; i <= values.Length - 8; i += 8)
        {
            var eight = Vector256.Create(values[i..]);
            var wide = type == GgmlType.F16 ? HalfFloat.FromSingle(eight) : ToBFloat(eight);
            Vector128.Narrow(wide.GetLower(), wide.GetUpper()).CopyTo(words[i..]);
        }
        Quantizer.Encode(type, values[i..]).CopyTo(bytes[(i * 2)..]);
    }

    /// <summary>One block: the largest magnitude becomes 127.</summary>
    /// <remarks>There is one scale and little to win: the best of a search is 1 % better, and the plain rule is what every other program writes.</remarks>
    public static void EncodeQ8(ReadOnlySpan<float> x, Span<byte> block)
    {
        var (a, b, c, d) = (Vector256.Create(x), Vector256.Create(x[8..]), Vector256.Create(x[16..]), Vector256.Create(x[24..]));
        var most = Vector256.MaxNative(
            Vector256.MaxNative(Vector256.Abs(a), Vector256.Abs(b)), Vector256.MaxNative(Vector256.Abs(c), Vector256.Abs(d)));
        var largest = 0f;
        for (var lane = 0; lane < 8; lane++)
        {
            largest = MathF.Max(largest, most[lane]);
        }
        var scale = largest / 127;
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        if (scale == 0)
        {
            block[2..].Clear();
            return;
        }
        var low = Vector256.Narrow(Round(a / scale), Round(b / scale));
        var high = Vector256.Narrow(Round(c / scale), Round(d / scale));
        Vector256.Narrow(low, high).AsByte().CopyTo(block[2..]);
    }

    /// <summary>Halves away from zero. The difference from the truncated value is exact, so that 0.49999997 stays below.</summary>
    private static Vector256<int> Round(Vector256<float> values)
    {
        var whole = Vector256.Truncate(values);
        var beyond = Vector256.GreaterThanOrEqual(Vector256.Abs(values - whole), Vector256.Create(0.5f));
        var one = Vector256.CopySign(Vector256<float>.One, values);
        return Vector256.ConvertToInt32(whole + Vector256.ConditionalSelect(beyond, one, Vector256<float>.Zero));
    }

    private static Vector256<uint> ToBFloat(Vector256<float> values)
    {
        var bits = values.AsUInt32();
        return (bits + Vector256.Create(0x7FFFu) + ((bits >> 16) & Vector256<uint>.One)) >> 16;
    }
}
