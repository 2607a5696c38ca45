using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Slipway.Engine.Training.Operations;

/// <summary>
/// The derivative of y = silu(gate)·up, silu(z) = z·σ(z): for g = ∂L/∂y,
/// ∂L/∂up = g·silu(gate), ∂L/∂gate = g·up·σ(gate)·(1 + gate·(1 − σ(gate))).
/// </summary>
internal static unsafe class SwiGluGradient
{
    /// <summary>Replaces gate and up by their gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(float* gate, float* up, float* gradient, int length)
    {
        var one = Vector256<float>.One;
        var i = 0;
        for (; i <= length - 8; i += 8)
        {
            var (z, u, g) = (Vector256.Load(gate + i), Vector256.Load(up + i), Vector256.Load(gradient + i));
            var sigmoid = one / (one + Vector256.Exp(-z));
            (g * z * sigmoid).Store(up + i);
            (g * u * sigmoid * (one + (z * (one - sigmoid)))).Store(gate + i);
        }
        for (; i < length; i++)
        {
            var (z, u, g) = (gate[i], up[i], gradient[i]);
            var sigmoid = 1 / (1 + MathF.Exp(-z));
            up[i] = g * z * sigmoid;
            gate[i] = g * u * sigmoid * (1 + (z * (1 - sigmoid)));
        }
    }
}
