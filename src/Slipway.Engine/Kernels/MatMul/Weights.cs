namespace Slipway.Engine.Kernels.MatMul;

/// <summary>A matrix with the kernel chosen for it when the model was loaded.</summary>
internal sealed class Weights(Matrix matrix, KernelTier tier)
{
    public Matrix Matrix { get; } = matrix;

    public MatMulKernel Kernel { get; } = MatMulKernel.For(matrix.Type, tier);
}
