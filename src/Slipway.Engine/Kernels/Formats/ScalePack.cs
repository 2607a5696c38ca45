using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Slipway.Engine.Kernels.Formats;

/// <summary>The 12 bytes in which the K formats pack eight 6-bit scales and eight 6-bit minima.</summary>
internal static unsafe class ScalePack
{
    public static int Scale(byte* packed, int run) => run < 4
        ? packed[run] & 63
        : (packed[run + 4] & 15) | ((packed[run - 4] >> 6) << 4);

    public static int Minimum(byte* packed, int run) => run < 4
        ? packed[run + 4] & 63
        : (packed[run + 4] >> 4) | ((packed[run] >> 6) << 4);

    /// <summary>Scales and minima of a whole block (scale, minimum scale, then the twelve bytes) for the panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(byte* block, float* scales, float* minima, float* halves)
    {
        var (first, second, third) = (Nibbles.ReadUInt32(block + 4), Nibbles.ReadUInt32(block + 8), Nibbles.ReadUInt32(block + 12));
        // Four bytes at a time: runs 0–3 as they stand, runs 4–7 from low or high nibbles and the top two bits of the others.
        var scaleBytes = Join(first & 0x3F3F3F3F, (third & 0x0F0F0F0F) | (((first >> 6) & 0x03030303) << 4));
        var minimumBytes = Join(second & 0x3F3F3F3F, ((third >> 4) & 0x0F0F0F0F) | (((second >> 6) & 0x03030303) << 4));
        Strided.Store(ToSingles(scaleBytes) * Nibbles.ReadHalf(block, halves), scales);
        Strided.Store(-(ToSingles(minimumBytes) * Nibbles.ReadHalf(block + 2, halves)), minima);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Join(uint low, uint high) => low | ((ulong)high << 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> ToSingles(ulong bytes)
    {
        var words = Vector128.WidenLower(Vector128.CreateScalarUnsafe(bytes).AsByte());
        return Vector256.ConvertToSingle(Vector256.WidenLower(words.ToVector256Unsafe()).AsInt32());
    }
}
