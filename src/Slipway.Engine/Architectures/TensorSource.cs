using System.Collections.Immutable;
using Slipway.Engine.Formats;
using Slipway.Engine.Import;
using Slipway.Engine.Kernels;
using Slipway.Engine.Kernels.MatMul;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Architectures;

/// <summary>Finds the tensors of a model by name and checks their shapes. Small vectors are widened to singles once.</summary>
internal sealed unsafe class TensorSource(IStoredModel model, KernelTier tier) : IDisposable
{
    private readonly List<NativeBuffer<float>> _vectors = [];

    /// <summary>Whether a matrix given out so far wants its input in another order than it comes in.</summary>
    public bool ReordersInputs { get; private set; }

    /// <summary>W of [rows][columns].</summary>
    /// <exception cref="ModelFormatException">It is missing or has another shape.</exception>
    public Weights Matrix(string name, int rows, int columns)
    {
        var tensor = Find(name, columns, rows);
        ReordersInputs |= tensor.InputOrder is not null;
        return new Weights(new Matrix(tensor.Data, tensor.Type, rows, columns), tier, tensor.InputOrder);
    }

    /// <summary>Rows of a two-dimensional tensor, whatever its first dimension must be.</summary>
    public int Rows(string name)
    {
        var tensor = model.FindTensor(name) ?? throw Missing(name);
        return tensor.Dimensions.Length == 2 && tensor.Dimensions[1] is > 0 and <= int.MaxValue
            ? (int)tensor.Dimensions[1]
            : throw new ModelFormatException($"Tensor '{tensor.Name}' is {Describe(tensor.Dimensions)}; two dimensions are needed.");
    }

    public bool Has(string name) => model.FindTensor(name) is not null;

    /// <summary>[length] singles.</summary>
    public float* Vector(string name, int length)
    {
        var tensor = Find(name, length);
        var values = new NativeBuffer<float>(length);
        Dequantizer.Row(tensor.Type, tensor.Data, values.Pointer, length);
        _vectors.Add(values);
        return values.Pointer;
    }

    /// <summary>[length] singles, or null when the model has none.</summary>
    public float* OptionalVector(string name, int length) => Has(name) ? Vector(name, length) : null;

    public void Dispose() => _vectors.ForEach(vector => vector.Dispose());

    private StoredTensor Find(string name, params ReadOnlySpan<long> dimensions)
    {
        var tensor = model.FindTensor(name) ?? throw Missing(name);
        return tensor.Dimensions.AsSpan().SequenceEqual(dimensions)
            ? tensor
            : throw new ModelFormatException(
                $"Tensor '{tensor.Name}' is {Describe(tensor.Dimensions)}; the model's metadata asks for {Describe([.. dimensions])}.");
    }

    private static string Describe(ImmutableArray<long> dimensions) => string.Join(" × ", dimensions);

    private ModelFormatException Missing(string name) => new($"The file has no tensor '{model.NameInFiles(name)}'.");
}
