using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Kernels.Formats;

/// <summary>Eight runs: 128 bytes of low nibbles, 64 of high bit pairs, 16 signed scales (one per 16 values), scale (half) at the end.</summary>
internal readonly unsafe struct Q6_K : IBlockFormat
{
    public static int Runs => BlockLayout.Long / 32;

    public static int Bytes => BlockLayout.Q6_K;

    public static int GroupLength => 16;

    public static int ZeroPoint => 32;

    public static bool HasMinimum => false;

    public static int PackedOffset => -1;

    public static void Decode(byte* block, int run, byte* values)
    {
        var (half, quarter) = (run / 4, run % 4);
        var lows = block + (half * 64) + (quarter % 2 * 32);
        var highs = block + 128 + (half * 32);
        for (var i = 0; i < 32; i++)
        {
            var low = (lows[i] >> (quarter / 2 * 4)) & 15;
            values[i] = (byte)(low | (((highs[i] >> (quarter * 2)) & 3) << 4));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* a, byte* b, int run, out Vector256<byte> low, out Vector256<byte> high)
    {
        var (half, quarter) = (run / 4, run % 4);
        var (lows, highs) = ((half * 64) + (quarter % 2 * 32), 128 + (half * 32));
        low = Join(a, b, lows, highs, quarter);
        high = Join(a, b, lows + 16, highs + 16, quarter);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(byte* block, int run, int group, float* halves) => Nibbles.ReadHalf(block + 208, halves) * (sbyte)block[192 + (run * 2) + group];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Minimum(byte* block, int run, float* halves) => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales(byte* block, float* scales, float* minima, float* halves)
    {
        var scale = Vector256.Create(Nibbles.ReadHalf(block + 208, halves));
        var (low, high) = Vector128.Widen(Vector128.Load((sbyte*)block + 192));
        Strided.Store(Vector256.ConvertToSingle(Vector256.WidenLower(low.ToVector256Unsafe())) * scale, scales);
        Strided.Store(Vector256.ConvertToSingle(Vector256.WidenLower(high.ToVector256Unsafe())) * scale, scales + (8 * Strided.Step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Join(byte* a, byte* b, int lows, int highs, int quarter)
    {
        var low = (Nibbles.Pair(a + lows, b + lows).AsUInt16() >> (quarter / 2 * 4)).AsByte() & Vector256.Create((byte)15);
        var high = (Nibbles.Pair(a + highs, b + highs).AsUInt16() >> (quarter * 2)).AsByte() & Vector256.Create((byte)3);
        return low | (high.AsUInt16() << 4).AsByte();
    }
}
