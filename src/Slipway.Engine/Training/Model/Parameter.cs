using Slipway.Engine.Memory;

namespace Slipway.Engine.Training.Model;

/// <summary>One named weight of a model in training, in singles: the master copy that the optimizer moves.</summary>
internal sealed unsafe class Parameter : IDisposable
{
    private readonly NativeBuffer<float> _value;
    private NativeBuffer<float>? _gradient;
    private NativeBuffer<float>? _rounded;

    /// <param name="name">The name in GGUF files: <c>blk.0.attn_q.weight</c>.</param>
    /// <param name="rows">Outputs; 1 for a vector.</param>
    /// <param name="columns">Inputs, running fastest.</param>
    /// <param name="isVector">Whether files store it with one dimension (norm weights).</param>
    public Parameter(string name, int rows, int columns, bool isVector)
    {
        (Name, Rows, Columns, IsVector) = (name, rows, columns, isVector);
        _value = new NativeBuffer<float>((long)rows * columns);
    }

    public string Name { get; }

    public int Rows { get; }

    public int Columns { get; }

    public bool IsVector { get; }

    public long Length => (long)Rows * Columns;

    /// <summary>[Rows][Columns].</summary>
    public float* Value => _value.Pointer;

    /// <summary>[Rows][Columns] what products read: the value, or the value rounded to bfloat16.</summary>
    public float* Operand => _rounded is null ? Value : _rounded.Pointer;

    /// <summary>[Rows][Columns], summed over the step; null while the parameter is frozen.</summary>
    public float* Gradient => _gradient is null ? null : _gradient.Pointer;

    public bool Trains => _gradient is not null;

    /// <summary>Matrices decay, norm weights do not.</summary>
    public bool Decays => !IsVector;

    /// <summary>Gives the parameter a gradient; the optimizer will move it.</summary>
    public void Unfreeze() => _gradient ??= new NativeBuffer<float>(Length);

    /// <summary>From now on products read rounded values; to be called again whenever the value has changed.</summary>
    public void RoundToBFloat16()
    {
        _rounded ??= new NativeBuffer<float>(Length);
        var (source, target) = ((nint)Value, (nint)_rounded.Pointer);
        for (long i = 0; i < Length; i++)
        {
            var bits = ((uint*)source)[i];
            ((uint*)target)[i] = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000; // To nearest, ties to even.
        }
    }

    public void Dispose()
    {
        _value.Dispose();
        _rounded?.Dispose();
        _gradient?.Dispose();
    }
}
