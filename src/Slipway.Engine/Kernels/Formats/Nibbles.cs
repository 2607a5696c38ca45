using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Slipway.Engine.Kernels.Formats;

/// <summary>Reading what the 4- and 5-bit formats share: byte i of 16 holds value i in its low half and value i + 16 in its high half.</summary>
internal static unsafe class Nibbles
{
    private static ReadOnlySpan<byte> SpreadLow => [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1];

    public static void Decode(byte* packed, byte* values)
    {
        for (var i = 0; i < 16; i++)
        {
            values[i] = (byte)(packed[i] & 15);
            values[i + 16] = (byte)(packed[i] >> 4);
        }
    }

    /// <summary>Adds bit i of <paramref name="bits"/> as bit 4 of value i.</summary>
    public static void DecodeFifth(uint bits, byte* values)
    {
        for (var i = 0; i < 32; i++)
        {
            values[i] |= (byte)(((bits >> i) & 1) << 4);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* a, byte* b, out Vector256<byte> low, out Vector256<byte> high)
    {
        var packed = Pair(a, b);
        low = packed & Vector256.Create((byte)15);
        high = (packed.AsUInt16() >> 4).AsByte() & Vector256.Create((byte)15);
    }

    /// <summary>Sixteen bytes of each of two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Pair(byte* a, byte* b) => Vector256.Create(Vector128.Load(a), Vector128.Load(b));

    /// <summary>Sixteen bits of each of two rows as 0 or 16 per byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> SpreadBits(ushort a, ushort b)
    {
        var bits = Vector256.Create(Vector128.Create(a), Vector128.Create(b)).AsByte();
        var spread = Avx2.Shuffle(bits, Vector256.Create(SpreadLow)); // within each half: byte 0 eight times, byte 1 eight times
        var one = Vector256.Create(0x8040201008040201ul).AsByte(); // byte j of eight keeps bit j
        return Vector256.Equals(spread & one, one) & Vector256.Create((byte)16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort ReadUInt16(byte* source) => Unsafe.ReadUnaligned<ushort>(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ReadUInt32(byte* source) => Unsafe.ReadUnaligned<uint>(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ReadHalf(byte* source, float* halves) => halves[ReadUInt16(source)];
}
