using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Slipway.Engine.Sampling;

/// <summary>Passes over a row of logits.</summary>
internal static class Logits
{
    /// <summary>Index of the largest value, the first among equals; −1 when none is a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int ArgMax(ReadOnlySpan<float> logits)
    {
        var largest = Max(logits);
        ref var first = ref MemoryMarshal.GetReference(logits);
        var wanted = Vector256.Create(largest);
        var i = 0;
        for (; i <= logits.Length - 8; i += 8)
        {
            var equal = Vector256.Equals(Vector256.LoadUnsafe(ref first, (nuint)i), wanted);
            if (equal != Vector256<float>.Zero)
            {
                return i + BitOperations.TrailingZeroCount(equal.ExtractMostSignificantBits());
            }
        }
        for (; i < logits.Length; i++)
        {
            if (logits[i] == largest)
            {
                return i;
            }
        }
        return -1;
    }

    /// <summary>The largest value; −∞ when none is a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Max(ReadOnlySpan<float> logits)
    {
        ref var first = ref MemoryMarshal.GetReference(logits);
        var lanes = Vector256.Create(float.NegativeInfinity);
        var i = 0;
        for (; i <= logits.Length - 8; i += 8)
        {
            lanes = Vector256.MaxNumber(lanes, Vector256.LoadUnsafe(ref first, (nuint)i));
        }
        var largest = float.NegativeInfinity;
        for (var lane = 0; lane < 8; lane++)
        {
            largest = MathF.Max(largest, lanes[lane]);
        }
        for (; i < logits.Length; i++)
        {
            largest = logits[i] > largest ? logits[i] : largest;
        }
        return largest;
    }

    /// <summary>Writes e^((x − maximum) · sharpness) for every x and returns their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Exponentials(ReadOnlySpan<float> logits, float maximum, float sharpness, Span<float> weights)
    {
        ref var source = ref MemoryMarshal.GetReference(logits);
        ref var target = ref MemoryMarshal.GetReference(weights);
        Vector256<double> low = default, high = default;
        var i = 0;
        for (; i <= logits.Length - 8; i += 8)
        {
            var x = (Vector256.LoadUnsafe(ref source, (nuint)i) - Vector256.Create(maximum)) * sharpness;
            var weight = Vector256.Exp(x);
            weight.StoreUnsafe(ref target, (nuint)i);
            var (a, b) = Vector256.Widen(weight);
            low += a;
            high += b;
        }
        var sum = Vector256.Sum(low + high);
        for (; i < logits.Length; i++)
        {
            weights[i] = MathF.Exp((logits[i] - maximum) * sharpness);
            sum += weights[i];
        }
        return sum;
    }
}
