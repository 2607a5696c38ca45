using Slipway.Engine.Memory;

namespace Slipway.Engine.Training.Operations;

/// <summary>Cosines and sines of every position, for rotating query and key heads forth and gradients back.</summary>
internal sealed unsafe class RotationTable : IDisposable
{
    private readonly NativeBuffer<float> _cosines;
    private readonly NativeBuffer<float> _sines;
    private readonly int _half;

    /// <param name="frequencies">[head length / 2] angle per position.</param>
    /// <param name="magnitude">Factor of both.</param>
    /// <param name="positions">Positions from 0.</param>
    public RotationTable(double[] frequencies, float magnitude, int positions)
    {
        _half = frequencies.Length;
        _cosines = new NativeBuffer<float>((long)positions * _half);
        _sines = new NativeBuffer<float>((long)positions * _half);
        for (var position = 0; position < positions; position++)
        {
            for (var i = 0; i < _half; i++)
            {
                var (sine, cosine) = Math.SinCos(position * frequencies[i]);
                _cosines.Pointer[((long)position * _half) + i] = (float)cosine * magnitude;
                _sines.Pointer[((long)position * _half) + i] = (float)sine * magnitude;
            }
        }
    }

    /// <summary>Rotates the pairs (i, i + length/2) of a head in place.</summary>
    public void Rotate(float* head, int position)
    {
        var cos = _cosines.Pointer + ((long)position * _half);
        var sin = _sines.Pointer + ((long)position * _half);
        for (var i = 0; i < _half; i++)
        {
            var (a, b) = (head[i], head[i + _half]);
            head[i] = (a * cos[i]) - (b * sin[i]);
            head[i + _half] = (a * sin[i]) + (b * cos[i]);
        }
    }

    /// <summary>The transposed rotation: gradients of the rotated become gradients of what was rotated.</summary>
    public void RotateBack(float* head, int position)
    {
        var cos = _cosines.Pointer + ((long)position * _half);
        var sin = _sines.Pointer + ((long)position * _half);
        for (var i = 0; i < _half; i++)
        {
            var (a, b) = (head[i], head[i + _half]);
            head[i] = (a * cos[i]) + (b * sin[i]);
            head[i + _half] = (b * cos[i]) - (a * sin[i]);
        }
    }

    public void Dispose()
    {
        _cosines.Dispose();
        _sines.Dispose();
    }
}
