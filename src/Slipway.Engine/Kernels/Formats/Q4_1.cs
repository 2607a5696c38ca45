using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Kernels.Formats;

/// <summary>Scale and minimum (halves) and 16 bytes of nibbles.</summary>
internal readonly unsafe struct Q4_1 : IBlockFormat
{
    public static int Runs => BlockLayout.Short / 32;

    public static int Bytes => BlockLayout.Q4_1;

    public static int GroupLength => 32;

    public static int ZeroPoint => 0;

    public static bool HasMinimum => true;

    public static int PackedOffset => 4;

    public static void Decode(byte* block, int run, byte* values)
    {
        Nibbles.Decode(block + 4, values);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* a, byte* b, int run, out Vector256<byte> low, out Vector256<byte> high)
    {
        Nibbles.Load(a + 4, b + 4, out low, out high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(byte* block, int run, int group, float* halves) => Nibbles.ReadHalf(block, halves);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Minimum(byte* block, int run, float* halves) => Nibbles.ReadHalf(block + 2, halves);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales(byte* block, float* scales, float* minima, float* halves)
    {
        *scales = Nibbles.ReadHalf(block, halves);
        *minima = Nibbles.ReadHalf(block + 2, halves);
    }
}
