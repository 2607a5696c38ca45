using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Slipway.Engine.Kernels;

/// <summary>Fills the byte form of one row of <see cref="Activations"/> from its singles.</summary>
internal static unsafe class ActivationQuantizer
{
    public static void Quantize(Activations activations, int row, KernelTier tier)
    {
        for (var block = 0; block < activations.Columns / 32; block++)
        {
            var x = activations.Row(row) + (block * 32);
            var q = activations.Bytes(row) + (block * 32);
            var scale = tier == KernelTier.Scalar ? Reference(x, q) : ComputeVector256(x, q);
            var sums = tier == KernelTier.Scalar ? SumReference(q) : SumVector256(q);
            activations.Scales(row)[block] = scale;
            activations.Sums(row)[block] = scale * (sums.First + sums.Second);
            activations.Zeros(row, 32)[block] = -128 * (sums.First + sums.Second);
            activations.Zeros(row, 16)[block * 2] = -128 * sums.First;
            activations.Zeros(row, 16)[(block * 2) + 1] = -128 * sums.Second;
            if (tier is KernelTier.Vector256 or KernelTier.Vector512)
            {
                Widen(q, activations.Words(row) + (block * 32));
            }
        }
    }

    /// <summary>Rounds 32 values to bytes and returns the scale: the largest magnitude over 127, rounded to a half after use.</summary>
    internal static float Reference(float* x, sbyte* q)
    {
        var largest = 0f;
        for (var i = 0; i < 32; i++)
        {
            largest = MathF.Max(largest, MathF.Abs(x[i]));
        }
        var inverse = largest == 0 ? 0 : 127 / largest;
        for (var i = 0; i < 32; i++)
        {
            q[i] = (sbyte)Math.Clamp(MathF.Round(x[i] * inverse), -127, 127);
        }
        return HalfFloat.ToSingle(HalfFloat.FromSingle(largest / 127));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float ComputeVector256(float* x, sbyte* q)
    {
        var (a, b, c, d) = (Vector256.Load(x), Vector256.Load(x + 8), Vector256.Load(x + 16), Vector256.Load(x + 24));
        var magnitudes = Vector256.Max(
            Vector256.Max(Vector256.Abs(a), Vector256.Abs(b)), Vector256.Max(Vector256.Abs(c), Vector256.Abs(d)));
        var half = Vector128.Max(magnitudes.GetLower(), magnitudes.GetUpper());
        var largest = MathF.Max(MathF.Max(half[0], half[1]), MathF.Max(half[2], half[3]));
        var inverse = Vector256.Create(largest == 0 ? 0 : 127 / largest);
        var low = Vector256.Narrow(Round(a * inverse), Round(b * inverse));
        var high = Vector256.Narrow(Round(c * inverse), Round(d * inverse));
        Vector256.Narrow(low, high).Store(q);
        return HalfFloat.ToSingle(HalfFloat.FromSingle(largest / 127));
    }

    private static (int First, int Second) SumReference(sbyte* q)
    {
        var (first, second) = (0, 0);
        for (var i = 0; i < 16; i++)
        {
            first += q[i];
            second += q[i + 16];
        }
        return (first, second);
    }

    private static (int First, int Second) SumVector256(sbyte* q)
    {
        var (low, high) = Vector256.Widen(Vector256.Load(q));
        return (Vector256.Sum(low), Vector256.Sum(high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Round(Vector256<float> values) => Vector256.ConvertToInt32(Vector256.Clamp(
        Vector256.Round(values), Vector256.Create(-127f), Vector256.Create(127f)));

    /// <summary>Bytes 0 1 2 3 become words 0 2 1 3: what masking and shifting the weights' bytes as words gives.</summary>
    private static void Widen(sbyte* q, short* words)
    {
        for (var i = 0; i < 32; i += 16)
        {
            var bytes = Vector128.Load(q + i).AsInt16();
            var even = (bytes << 8) >> 8; // bytes 0, 2 of each four
            var odd = bytes >> 8; // bytes 1, 3
            var (evenInts, oddInts) = (even.AsInt32(), odd.AsInt32());
            Sse2.UnpackLow(evenInts, oddInts).AsInt16().Store(words + i);
            Sse2.UnpackHigh(evenInts, oddInts).AsInt16().Store(words + i + 8);
        }
    }
}
