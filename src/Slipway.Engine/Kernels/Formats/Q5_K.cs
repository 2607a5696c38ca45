using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Kernels.Formats;

/// <summary>As <see cref="Q4_K"/>, with 32 bytes before the nibbles whose bit j is the fifth bit of run j.</summary>
internal readonly unsafe struct Q5_K : IBlockFormat
{
    public static int Runs => BlockLayout.Long / 32;

    public static int Bytes => BlockLayout.Q5_K;

    public static int GroupLength => 32;

    public static int ZeroPoint => 0;

    public static bool HasMinimum => true;

    public static int PackedOffset => -1;

    public static void Decode(byte* block, int run, byte* values)
    {
        var packed = block + 48 + (run / 2 * 32);
        var shift = (run & 1) * 4;
        for (var i = 0; i < 32; i++)
        {
            values[i] = (byte)(((packed[i] >> shift) & 15) | (((block[16 + i] >> run) & 1) << 4));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* a, byte* b, int run, out Vector256<byte> low, out Vector256<byte> high)
    {
        var offset = 48 + (run / 2 * 32);
        var shift = (run & 1) * 4;
        var mask = Vector256.Create((byte)15);
        var fifth = Vector256.Create((byte)1);
        low = (Nibbles.Pair(a + offset, b + offset).AsUInt16() >> shift).AsByte() & mask;
        high = (Nibbles.Pair(a + offset + 16, b + offset + 16).AsUInt16() >> shift).AsByte() & mask;
        low |= (((Nibbles.Pair(a + 16, b + 16).AsUInt16() >> run).AsByte() & fifth).AsUInt16() << 4).AsByte();
        high |= (((Nibbles.Pair(a + 32, b + 32).AsUInt16() >> run).AsByte() & fifth).AsUInt16() << 4).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(byte* block, int run, int group, float* halves) => Nibbles.ReadHalf(block, halves) * ScalePack.Scale(block + 4, run);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Minimum(byte* block, int run, float* halves) => -(Nibbles.ReadHalf(block + 2, halves) * ScalePack.Minimum(block + 4, run));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales(byte* block, float* scales, float* minima, float* halves)
    {
        ScalePack.Unpack(block, scales, minima, halves);
    }
}
