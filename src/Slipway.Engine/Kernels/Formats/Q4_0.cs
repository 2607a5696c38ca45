using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Kernels.Formats;

/// <summary>Scale (half) and 16 bytes of nibbles.</summary>
internal readonly unsafe struct Q4_0 : IBlockFormat
{
    public static int Runs => BlockLayout.Short / 32;

    public static int Bytes => BlockLayout.Q4_0;

    public static int GroupLength => 32;

    public static int ZeroPoint => 8;

    public static bool HasMinimum => false;

    public static int PackedOffset => 2;

    public static void Decode(byte* block, int run, byte* values)
    {
        Nibbles.Decode(block + 2, values);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* a, byte* b, int run, out Vector256<byte> low, out Vector256<byte> high)
    {
        Nibbles.Load(a + 2, b + 2, out low, out high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(byte* block, int run, int group, float* halves) => Nibbles.ReadHalf(block, halves);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Minimum(byte* block, int run, float* halves) => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales(byte* block, float* scales, float* minima, float* halves) => *scales = Nibbles.ReadHalf(block, halves);
}
