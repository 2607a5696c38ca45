using System.Runtime.Intrinsics;
using Slipway.Engine.Kernels;

namespace Slipway.Engine.Quantization.Search;

/// <summary>
/// A power of two near the largest value of a block. The search works on values divided by it, which loses nothing and
/// keeps squares and their sums far from both ends of the singles; what is stored is multiplied back.
/// </summary>
internal readonly struct BlockUnit(float unit)
{
    /// <summary>Below it even the largest scale of any format is zero as a half.</summary>
    private const float Smallest = 8.6736174e-19f; // 2^-60

    private readonly float _inverse = unit == 0 ? 0 : 1 / unit;

    /// <summary>Whether the values are all zero once stored.</summary>
    public bool IsZero => unit == 0;

    /// <summary>Copies values in this unit of theirs.</summary>
    /// <param name="values">Finite, a multiple of eight of them.</param>
    /// <param name="target">As many, each below 2 in magnitude.</param>
    public static unsafe BlockUnit Normalise(ReadOnlySpan<float> values, float* target)
    {
        var largest = Vector256<float>.Zero;
        for (var i = 0; i < values.Length; i += 8)
        {
            largest = Vector256.MaxNative(largest, Vector256.Abs(Vector256.Create(values[i..])));
        }
        var most = 0f;
        for (var lane = 0; lane < 8; lane++)
        {
            most = MathF.Max(most, largest[lane]);
        }
        var unit = new BlockUnit(most < Smallest ? 0 : BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(most) & 0x7F800000));
        var inverse = Vector256.Create(unit._inverse);
        for (var i = 0; i < values.Length; i += 8)
        {
            (Vector256.Create(values[i..]) * inverse).Store(target + i);
        }
        return unit;
    }

    /// <summary>The half that a scale or minimum is stored as; too large a one becomes the largest.</summary>
    public ushort Store(float scale) => HalfFloat.FromSingle(Math.Clamp(scale * unit, (float)Half.MinValue, (float)Half.MaxValue));

    /// <summary>What a stored half stands for among the divided values.</summary>
    public float Read(ushort half) => HalfFloat.ToSingle(half) * _inverse;
}
