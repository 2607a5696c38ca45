using System.Collections.Immutable;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Kernels.MatMul;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Architectures;

/// <summary>Finds the tensors of a model by name and checks their shapes. Small vectors are widened to singles once.</summary>
internal sealed unsafe class TensorSource(GgufFile file, KernelTier tier) : IDisposable
{
    private readonly List<NativeBuffer<float>> _vectors = [];

    public GgufMetadata Metadata => file.Metadata;

    /// <summary>W of [rows][columns].</summary>
    /// <exception cref="ModelFormatException">It is missing or has another shape.</exception>
    public Weights Matrix(string name, int rows, int columns) => new(new Matrix(Find(name, columns, rows).Data, Find(name, columns, rows).Type, rows, columns), tier);

    /// <summary>Rows of a two-dimensional tensor, whatever its first dimension must be.</summary>
    public int Rows(string name)
    {
        var tensor = file.FindTensor(name) ?? throw Missing(name);
        return tensor.Dimensions.Length == 2 && tensor.Dimensions[1] is > 0 and <= int.MaxValue
            ? (int)tensor.Dimensions[1]
            : throw new ModelFormatException($"Tensor '{name}' is {Describe(tensor.Dimensions)}; two dimensions are needed.");
    }

    public bool Has(string name) => file.FindTensor(name) is not null;

    /// <summary>[length] singles.</summary>
    public float* Vector(string name, int length)
    {
        var tensor = Find(name, length);
        var values = new NativeBuffer<float>(length);
        Dequantizer.Row(tensor.Type, tensor.Data, values.Pointer, length);
        _vectors.Add(values);
        return values.Pointer;
    }

    /// <summary>[length] singles, or null when the file has none.</summary>
    public float* OptionalVector(string name, int length) => Has(name) ? Vector(name, length) : null;

    public void Dispose() => _vectors.ForEach(vector => vector.Dispose());

    private GgufTensor Find(string name, params ReadOnlySpan<long> dimensions)
    {
        var tensor = file.FindTensor(name) ?? throw Missing(name);
        return tensor.Dimensions.AsSpan().SequenceEqual(dimensions)
            ? tensor
            : throw new ModelFormatException(
                $"Tensor '{name}' is {Describe(tensor.Dimensions)}; the model's metadata asks for {Describe([.. dimensions])}.");
    }

    private static string Describe(ImmutableArray<long> dimensions) => string.Join(" × ", dimensions);

    private static ModelFormatException Missing(string name) => new($"The file has no tensor '{name}'.");
}
