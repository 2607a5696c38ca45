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

    /// <summary>Eight singles rounded to the nearest half, ties to even, in the low 16 bits of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> FromSingle(Vector256<float> values)
    {
        var bits = values.AsUInt32();
        var sign = (bits >> 16) & Vector256.Create(0x8000u);
        var magnitude = (bits & Vector256.Create(0x7FFFFFFFu)).AsInt32();
        // Normal: move the exponent down by 112 and round off 13 bits. Adding the last kept bit makes ties go to even.
        var normal = (magnitude + ((magnitude >> 13) & Vector256<int>.One) - Vector256.Create((112 << 23) - 0xFFF)) >> 13;
        // Subnormal: adding 0.5 aligns the bits that stay with the end of the mantissa, and the addition rounds.
        var subnormal = (magnitude.AsSingle() + Vector256.Create(0.5f)).AsInt32() - Vector256.Create(0x3F000000);
        var isSubnormal = Vector256.LessThan(magnitude, Vector256.Create(113 << 23));
        var isOverflow = Vector256.GreaterThan(magnitude, Vector256.Create(0x477FEFFF));
        var isNaN = Vector256.GreaterThan(magnitude, Vector256.Create(0x7F800000));
        var result = Vector256.ConditionalSelect(isSubnormal, subnormal, normal);
        result = Vector256.ConditionalSelect(isOverflow, Vector256.Create(0x7C00), result) | (isNaN & Vector256.Create(0x200));
        return result.AsUInt32() | sign;
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
