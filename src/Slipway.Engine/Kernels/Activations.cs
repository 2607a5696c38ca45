using Slipway.Engine.Memory;

namespace Slipway.Engine.Kernels;

/// <summary>
/// The input of a matrix product: T rows of K values, as singles and as bytes with a scale per 32.
/// Bytes: <c>x ≈ scale · q</c>, −127 ≤ q ≤ 127, the scale rounded to a half as GGUF's Q8_0 stores it.
/// </summary>
internal sealed unsafe class Activations : IDisposable
{
    private readonly NativeBuffer<float> _values;
    private readonly NativeBuffer<sbyte> _bytes;
    private readonly NativeBuffer<short> _words;
    private readonly NativeBuffer<float> _scales;
    private readonly NativeBuffer<float> _sums;
    private readonly NativeBuffer<int> _zeros32;
    private readonly NativeBuffer<int> _zeros16;

    /// <param name="rows">Rows it can hold.</param>
    /// <param name="columns">Values in the widest row; a multiple of 32.</param>
    public Activations(int rows, int columns)
    {
        var count = (long)rows * columns;
        _values = new NativeBuffer<float>(count);
        _bytes = new NativeBuffer<sbyte>(count);
        _words = new NativeBuffer<short>(count);
        _scales = new NativeBuffer<float>(count / 32);
        _sums = new NativeBuffer<float>(count / 32);
        _zeros32 = new NativeBuffer<int>(count / 32);
        _zeros16 = new NativeBuffer<int>(count / 16);
    }

    /// <summary>Values per row at present: the stride of everything here.</summary>
    public int Columns { get; set; }

    public float* Row(int row) => _values.Pointer + ((long)row * Columns);

    public sbyte* Bytes(int row) => _bytes.Pointer + ((long)row * Columns);

    /// <summary>The same bytes as 16-bit words; of each four, the order is 0, 2, 1, 3 (see <see cref="MatMul.PanelWords"/>).</summary>
    public short* Words(int row) => _words.Pointer + ((long)row * Columns);

    /// <summary>One scale per 32 values.</summary>
    public float* Scales(int row) => _scales.Pointer + ((long)row * Columns / 32);

    /// <summary>Scale times the sum of the bytes, per 32 values: what a format's minimum is multiplied by.</summary>
    public float* Sums(int row) => _sums.Pointer + ((long)row * Columns / 32);

    /// <summary>−128 times the sum of the bytes, per <paramref name="group"/> (32 or 16) values: undoes a zero point of 128, or less by shifting.</summary>
    public int* Zeros(int row, int group) => group == 32
        ? _zeros32.Pointer + ((long)row * Columns / 32)
        : _zeros16.Pointer + ((long)row * Columns / 16);

    public void Dispose()
    {
        _values.Dispose();
        _bytes.Dispose();
        _words.Dispose();
        _scales.Dispose();
        _sums.Dispose();
        _zeros32.Dispose();
        _zeros16.Dispose();
    }
}
