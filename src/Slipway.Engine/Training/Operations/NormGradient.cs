using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Slipway.Engine.Training.Operations;

/// <summary>
/// RMSNorm and its derivative. With r = 1 / √(mean(x²) + ε): y = x·r·w, and for g = ∂L/∂y
/// ∂L/∂x = r·(g·w) − x·r³/n · Σ g·w·x, ∂L/∂w = Σ over rows g·x·r.
/// </summary>
internal static unsafe class NormGradient
{
    /// <summary>Writes y and returns r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Forward(float* x, float* weight, float epsilon, float* y, int length)
    {
        var scale = 1 / MathF.Sqrt((VectorMath.Dot(x, x, length) / length) + epsilon);
        var scales = Vector256.Create(scale);
        var i = 0;
        for (; i <= length - 8; i += 8)
        {
            (Vector256.Load(x + i) * scales * Vector256.Load(weight + i)).Store(y + i);
        }
        for (; i < length; i++)
        {
            y[i] = x[i] * scale * weight[i];
        }
        return scale;
    }

    /// <summary>Adds the row's share to <paramref name="weightGradient"/> (unless null) and writes or adds ∂L/∂x.</summary>
    /// <param name="x">[length] what was normed.</param>
    /// <param name="weight">[length].</param>
    /// <param name="scale">r of the row.</param>
    /// <param name="gradient">[length] ∂L/∂y.</param>
    /// <param name="inputGradient">[length] ∂L/∂x; may be <paramref name="gradient"/> where it is not added to.</param>
    /// <param name="adds">Whether ∂L/∂x is added to what stands there.</param>
    /// <param name="weightGradient">[length] or null.</param>
    /// <param name="length">n.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(
        float* x, float* weight, float scale, float* gradient, float* inputGradient, bool adds, float* weightGradient, int length)
    {
        var along = VectorMath.Dot(gradient, weight, x, length) * scale * scale * scale / length;
        var (scales, alongs) = (Vector256.Create(scale), Vector256.Create(along));
        var i = 0;
        for (; i <= length - 8; i += 8)
        {
            var (g, input) = (Vector256.Load(gradient + i), Vector256.Load(x + i));
            if (weightGradient is not null)
            {
                Vector256.FusedMultiplyAdd(g, input * scales, Vector256.Load(weightGradient + i)).Store(weightGradient + i);
            }
            var result = (g * Vector256.Load(weight + i) * scales) - (input * alongs);
            (adds ? result + Vector256.Load(inputGradient + i) : result).Store(inputGradient + i);
        }
        for (; i < length; i++)
        {
            var g = gradient[i];
            if (weightGradient is not null)
            {
                weightGradient[i] += g * x[i] * scale;
            }
            var result = (g * weight[i] * scale) - (x[i] * along);
            inputGradient[i] = adds ? inputGradient[i] + result : result;
        }
    }
}
