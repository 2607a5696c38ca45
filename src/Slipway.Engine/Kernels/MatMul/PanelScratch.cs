using Slipway.Engine.Memory;

namespace Slipway.Engine.Kernels.MatMul;

/// <summary>One worker's room for a strip of unpacked weights and its sums.</summary>
internal sealed unsafe class PanelScratch : IDisposable
{
    /// <summary>Columns unpacked at a time: sixteen rows of them stay in the first-level cache.</summary>
    public const int ChunkColumns = 1024;

    private readonly NativeBuffer<byte> _panel = new(ChunkColumns * MatMulKernel.StripRows * sizeof(float));
    private readonly NativeBuffer<float> _scales = new(ChunkColumns / 16 * MatMulKernel.StripRows);
    private readonly NativeBuffer<float> _minima = new(ChunkColumns / 32 * MatMulKernel.StripRows);
    private readonly NativeBuffer<float> _sums;

    public PanelScratch(int tokens) => _sums = new NativeBuffer<float>((long)tokens * MatMulKernel.StripRows);

    /// <summary>The weights of a chunk: [columns / n][16 rows][n], n as the kernel wants.</summary>
    public byte* Panel => _panel.Pointer;

    /// <summary>[groups][16 rows].</summary>
    public float* Scales => _scales.Pointer;

    /// <summary>[columns / 32][16 rows].</summary>
    public float* Minima => _minima.Pointer;

    /// <summary>[tokens][16 rows].</summary>
    public float* Sums => _sums.Pointer;

    public void Dispose()
    {
        _panel.Dispose();
        _scales.Dispose();
        _minima.Dispose();
        _sums.Dispose();
    }
}
