using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Kernels.Formats;

/// <summary>Scale (half) and 32 signed bytes, read as unsigned around 128.</summary>
internal readonly unsafe struct Q8_0 : IBlockFormat
{
    public static int Runs => BlockLayout.Short / 32;

    public static int Bytes => BlockLayout.Q8_0;

    public static int GroupLength => 32;

    public static int ZeroPoint => 128;

    public static bool HasMinimum => false;

    public static int PackedOffset => -1;

    public static void Decode(byte* block, int run, byte* values)
    {
        for (var i = 0; i < 32; i++)
        {
            values[i] = (byte)(block[2 + i] ^ 0x80);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* a, byte* b, int run, out Vector256<byte> low, out Vector256<byte> high)
    {
        var flip = Vector256.Create((byte)0x80);
        low = Nibbles.Pair(a + 2, b + 2) ^ flip;
        high = Nibbles.Pair(a + 18, b + 18) ^ flip;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(byte* block, int run, int group, float* halves) => Nibbles.ReadHalf(block, halves);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Minimum(byte* block, int run, float* halves) => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales(byte* block, float* scales, float* minima, float* halves) => *scales = Nibbles.ReadHalf(block, halves);
}
