using Slipway.Engine.Architectures;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Formats.HuggingFace;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Import.Gptq;

namespace Slipway.Engine.Import;

/// <summary>
/// What the safetensors of a folder hold, sorted by what it is. A weight that the model would not use is refused: who
/// leaves out a weight computes another model.
/// </summary>
internal sealed unsafe class FolderTensors
{
    private const string Embedding = "token_embd.weight";
    private const string Output = "output.weight";
    private const string Weight = ".weight";
    private const string Bias = ".bias";
    private const int LongestBias = 64 << 20;
    private readonly SafetensorsFile _file;
    private readonly ModelShape _shape;
    private readonly Dictionary<string, SafetensorsTensor> _plain = [];
    private readonly Dictionary<string, GptqMatrix> _quantized = [];
    private readonly List<string> _names = [];

    /// <param name="file">The weights.</param>
    /// <param name="shape">What the configuration says of their sizes.</param>
    /// <param name="gptq">How quantised matrices are to be read; null where the configuration knows of none.</param>
    /// <param name="tiesOutput">Whether the logits use the embedding; null where the configuration does not say.</param>
    /// <exception cref="ModelFormatException">There are weights that cannot be used; the message says which.</exception>
    public FolderTensors(SafetensorsFile file, ModelShape shape, GptqConfig? gptq, bool? tiesOutput)
    {
        (_file, _shape) = (file, shape);
        var orders = new InputOrders();
        foreach (var tensor in file.Tensors.OrderBy(tensor => (nint)tensor.Data))
        {
            Add(tensor, gptq, orders);
        }
        if (tiesOutput is true)
        {
            _plain.Remove(Output);
            _quantized.Remove(Output);
            _names.Remove(Output);
        }
        else if (tiesOutput is false && !_names.Contains(Output))
        {
            throw new ModelFormatException(
                $"config.json: tie_word_embeddings is false, and there is no tensor '{TensorNames.ToHuggingFace(Output)}'; accepted is true, or that tensor.");
        }
        Notes = [.. GptqNotes.Of(_quantized.Values)];
    }

    /// <summary>GGUF names, in the order of the files.</summary>
    public IReadOnlyList<string> Names => _names;

    public IReadOnlyList<string> Notes { get; }

    public GptqMatrix? FindQuantized(string name) => _quantized.GetValueOrDefault(name);

    /// <summary>A tensor that is used where it is mapped.</summary>
    public StoredTensor? FindPlain(string name) => _plain.GetValueOrDefault(name) is { } tensor
        ? new StoredTensor(tensor.Name, TypeOf(tensor), [.. tensor.Shape.Reverse()], tensor.Data)
        : null;

    private void Add(SafetensorsTensor tensor, GptqConfig? gptq, InputOrders orders)
    {
        if (GptqMatrix.StemOf(tensor.Name) is { } stem)
        {
            var config = gptq ?? throw new ModelFormatException(
                $"Tensor '{tensor.Name}' is quantised, and neither config.json nor {GptqConfig.FileName} says how; {GptqConfig.Accepted}.");
            if (_file.FindTensor(stem + Weight) is not null)
            {
                throw new ModelFormatException($"Both '{tensor.Name}' and '{stem + Weight}' are there; accepted is one of them.");
            }
            var name = Find(stem + Weight) ?? throw Stray(tensor);
            if (name == Embedding)
            {
                throw new ModelFormatException($"Tensor '{tensor.Name}' is a quantised embedding; accepted is one in F32, F16 or BF16.");
            }
            _quantized.Add(name, GptqMatrix.Read(_file, stem, config, orders));
            _names.Add(name);
        }
        else if (!GptqMatrix.IsPart(tensor.Name))
        {
            AddPlain(tensor);
        }
    }

    private void AddPlain(SafetensorsTensor tensor)
    {
        if (Find(tensor.Name) is { } name)
        {
            _ = TypeOf(tensor);
            _plain.Add(name, tensor);
            _names.Add(name);
        }
        else if (tensor.Name.EndsWith(Bias, StringComparison.Ordinal) && !IsZero(tensor))
        {
            throw new ModelFormatException(
                $"Tensor '{tensor.Name}' is a bias that is not zero; {_shape.Architecture} models have none there.");
        }
        else if (tensor.Name.EndsWith(Weight, StringComparison.Ordinal))
        {
            throw Stray(tensor);
        }
    }

    /// <summary>The GGUF name, if a model of this shape has such a tensor.</summary>
    private string? Find(string name) =>
        TensorNames.ToGguf(name) is { } known && FamilyTensors.Has(_shape, known) ? known : null;

    private ModelFormatException Stray(SafetensorsTensor tensor) => new(
        $"Tensor '{tensor.Name}' is none of a {_shape.Architecture} model of {_shape.Layers} layers; it would be left out.");

    private static bool IsZero(SafetensorsTensor tensor) =>
        tensor.ByteLength <= LongestBias && new ReadOnlySpan<byte>(tensor.Data, (int)tensor.ByteLength).IndexOfAnyExcept((byte)0) < 0;

    private static GgmlType TypeOf(SafetensorsTensor tensor) => tensor.Type switch
    {
        SafetensorsType.F32 => GgmlType.F32,
        SafetensorsType.F16 => GgmlType.F16,
        SafetensorsType.BF16 => GgmlType.BF16,
        _ => throw new ModelFormatException($"Tensor '{tensor.Name}' is of type {tensor.Type}; accepted are F32, F16, BF16 and {GptqConfig.Accepted}."),
    };
}
