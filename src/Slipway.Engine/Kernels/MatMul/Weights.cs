namespace Slipway.Engine.Kernels.MatMul;

/// <summary>A matrix with the kernel chosen for it when the model was loaded.</summary>
/// <param name="matrix">W.</param>
/// <param name="tier">Which kernels to choose from.</param>
/// <param name="inputOrder">The input that each column of W is multiplied with; null where column k is for input k.</param>
internal sealed class Weights(Matrix matrix, KernelTier tier, int[]? inputOrder = null)
{
    public Matrix Matrix { get; } = matrix;

    /// <summary>Matrices that want their input in the same order have the same array.</summary>
    public int[]? InputOrder => inputOrder;

    public MatMulKernel Kernel { get; } = MatMulKernel.For(matrix.Type, tier);
}
