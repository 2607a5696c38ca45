using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Kernels;

/// <summary>IEEE half ↔ single. .NET has no intrinsic for <c>vcvtph2ps</c>, so single values come from a table and vectors from integer steps.</summary>
internal static unsafe class HalfFloat
{
    /// <summary>Every half as a single, by its bits: 256 KiB, of which the scales of a model touch a few lines.</summary>
    private static readonly NativeBuffer<float> Table = BuildTable();

    public static float* TablePointer => Table.Pointer;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToSingle(ushort half) => Table.Pointer[half];

    public static ushort FromSingle(float value) => BitConverter.HalfToUInt16Bits((Half)value);

    /// <summary>Eight halves, one in the low 16 bits of each lane; the high bits must be zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ToSingle(Vector256<uint> halves)
    {
        var sign = (halves & Vector256.Create(0x8000u)) << 16;
        var magnitude = halves & Vector256.Create(0x7FFFu);
        // The shifted bits read as a single are 2^112 too small, subnormals included; infinity and NaN keep a full exponent.
        var scaled = (magnitude << 13).AsSingle() * Vector256.Create(5.192296858534828e33f);
        var special = Vector256.GreaterThan(magnitude.AsInt32(), Vector256.Create(0x7BFF)).AsUInt32() & Vector256.Create(0x7F800000u);
        return (scaled.AsUInt32() | special | sign).AsSingle();
    }

    /// <summary>Reads eight consecutive halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(ushort* source)
    {
        var (low, high) = Vector128.Widen(Vector128.Load(source));
        return ToSingle(Vector256.Create(low, high));
    }

    private static NativeBuffer<float> BuildTable()
    {
        var table = new NativeBuffer<float>(65_536);
        for (var bits = 0; bits < 65_536; bits++)
        {
            table.Pointer[bits] = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
        }
        return table;
    }
}
