using Slipway.Engine.Architectures;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Kernels.Rows;

/// <summary>Cosines and sines of the positions of a step, made once and used by every layer.</summary>
internal sealed unsafe class RopeTable(double[] frequencies, float magnitude, int maxRows) : IDisposable
{
    private readonly NativeBuffer<float> _cosines = new((long)maxRows * frequencies.Length);
    private readonly NativeBuffer<float> _sines = new((long)maxRows * frequencies.Length);

    public float* Cosines(int row) => _cosines.Pointer + ((long)row * frequencies.Length);

    public float* Sines(int row) => _sines.Pointer + ((long)row * frequencies.Length);

    public void Fill(Step step)
    {
        for (var row = 0; row < step.Rows; row++)
        {
            for (var i = 0; i < frequencies.Length; i++)
            {
                var (sine, cosine) = Math.SinCos(step.Positions[row] * frequencies[i]);
                Cosines(row)[i] = (float)cosine * magnitude;
                Sines(row)[i] = (float)sine * magnitude;
            }
        }
    }

    public void Dispose()
    {
        _cosines.Dispose();
        _sines.Dispose();
    }
}
