using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Slipway.Engine.Training.Operations;

/// <summary>Sums and products of whole vectors. Eight lanes, added up in a fixed order, on every processor.</summary>
internal static unsafe class VectorMath
{
    /// <summary>Σ x·y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(float* x, float* y, int length)
    {
        var sum = Vector256<float>.Zero;
        var i = 0;
        for (; i <= length - 8; i += 8)
        {
            sum = Vector256.FusedMultiplyAdd(Vector256.Load(x + i), Vector256.Load(y + i), sum);
        }
        var total = Vector256.Sum(sum);
        for (; i < length; i++)
        {
            total += x[i] * y[i];
        }
        return total;
    }

    /// <summary>Σ x·y·z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(float* x, float* y, float* z, int length)
    {
        var sum = Vector256<float>.Zero;
        var i = 0;
        for (; i <= length - 8; i += 8)
        {
            sum = Vector256.FusedMultiplyAdd(Vector256.Load(x + i) * Vector256.Load(y + i), Vector256.Load(z + i), sum);
        }
        var total = Vector256.Sum(sum);
        for (; i < length; i++)
        {
            total += x[i] * y[i] * z[i];
        }
        return total;
    }

    /// <summary>y += x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* y, float* x, int length)
    {
        var i = 0;
        for (; i <= length - 8; i += 8)
        {
            (Vector256.Load(y + i) + Vector256.Load(x + i)).Store(y + i);
        }
        for (; i < length; i++)
        {
            y[i] += x[i];
        }
    }

    /// <summary>The largest of at least one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Max(float* x, int length)
    {
        var most = Vector256.Create(float.NegativeInfinity);
        var i = 0;
        for (; i <= length - 8; i += 8)
        {
            most = Vector256.Max(most, Vector256.Load(x + i));
        }
        var result = float.NegativeInfinity;
        for (var lane = 0; lane < 8; lane++)
        {
            result = MathF.Max(result, most[lane]);
        }
        for (; i < length; i++)
        {
            result = MathF.Max(result, x[i]);
        }
        return result;
    }

    /// <summary>x = e^(factor·x − shift); returns the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float ExpShifted(float* x, float factor, float shift, int length)
    {
        var (factors, shifts) = (Vector256.Create(factor), Vector256.Create(shift));
        var sum = Vector256<float>.Zero;
        var i = 0;
        for (; i <= length - 8; i += 8)
        {
            var y = Vector256.Exp((Vector256.Load(x + i) * factors) - shifts);
            y.Store(x + i);
            sum += y;
        }
        var total = Vector256.Sum(sum);
        for (; i < length; i++)
        {
            x[i] = MathF.Exp((x[i] * factor) - shift);
            total += x[i];
        }
        return total;
    }

    /// <summary>y = x·(y − shift).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyShifted(float* y, float* x, float shift, int length)
    {
        var shifts = Vector256.Create(shift);
        var i = 0;
        for (; i <= length - 8; i += 8)
        {
            (Vector256.Load(x + i) * (Vector256.Load(y + i) - shifts)).Store(y + i);
        }
        for (; i < length; i++)
        {
            y[i] = x[i] * (y[i] - shift);
        }
    }

    /// <summary>x *= factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(float* x, float factor, int length)
    {
        var factors = Vector256.Create(factor);
        var i = 0;
        for (; i <= length - 8; i += 8)
        {
            (Vector256.Load(x + i) * factors).Store(x + i);
        }
        for (; i < length; i++)
        {
            x[i] *= factor;
        }
    }
}
