using System.Collections.Immutable;
using Slipway.Engine.Architectures;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Formats.HuggingFace;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Import.Gptq;
using Slipway.Engine.Quantization;

namespace Slipway.Engine.Import;

/// <summary>What is to be known of a model's weights before they are loaded.</summary>
public sealed class WeightFacts
{
    private readonly IReadOnlyList<Tensor> _tensors;

    private WeightFacts(IReadOnlyList<Tensor> tensors, bool isGptq)
    {
        _tensors = tensors;
        IsGptq = isGptq;
        Type = MainType(tensors.Select(tensor => (tensor.Type, tensor.Dimensions.Length, tensor.Count)));
        Bytes = tensors.Sum(tensor => tensor.Type.RowBytes(tensor.Count));
        Count = tensors.Sum(tensor => tensor.Count);
    }

    /// <summary>The format that most weights are in; of GPTQ, the one that they are repacked into.</summary>
    public GgmlType Type { get; }

    /// <summary>Whether some come from a GPTQ checkpoint.</summary>
    public bool IsGptq { get; }

    /// <summary>Bytes that they take in memory.</summary>
    public long Bytes { get; }

    /// <summary>How many weights.</summary>
    public long Count { get; }

    /// <summary>Reads a GGUF file's or a folder's tables; the weights are not touched.</summary>
    /// <exception cref="FileNotFoundException">There is no such file, or the folder lacks one.</exception>
    /// <exception cref="ModelFormatException">A file is broken or not supported.</exception>
    public static WeightFacts Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (ModelFacts.IsFolder(path))
        {
            return ReadFolder(path);
        }
        using var file = GgufFile.Open(path);
        return new WeightFacts([.. file.Tensors.Select(tensor => new Tensor(tensor.Name, tensor.Type, tensor.Dimensions))], isGptq: false);
    }

    /// <summary>Bytes that <see cref="ModelQuantizer"/> would make of them.</summary>
    public long BytesAs(QuantizationType type)
    {
        var types = new TensorTypes(type, _tensors.Select(tensor => tensor.Name));
        return _tensors.Sum(tensor => types.Choose(tensor.Name, tensor.Dimensions, tensor.Type).RowBytes(tensor.Count));
    }

    internal static GgmlType MainType(IEnumerable<StoredTensor> tensors) =>
        MainType(tensors.Select(tensor => (tensor.Type, tensor.Dimensions.Length, tensor.ElementCount)));

    private static WeightFacts ReadFolder(string folder)
    {
        using var config = JsonFile.Read(Path.Combine(folder, "config.json"), FolderModel.LongestConfig);
        var reader = new ConfigReader(config.RootElement);
        using var file = SafetensorsFile.Open(folder);
        var contents = new FolderTensors(
            file, ModelShape.FromConfig(config.RootElement), GptqConfig.Find(folder, reader), reader.Flag("tie_word_embeddings"));
        var tensors = contents.Names.Select(name => contents.FindQuantized(name) is { } matrix
            ? new Tensor(name, matrix.Type, [matrix.Inputs, matrix.Outputs])
            : new Tensor(name, contents.FindPlain(name)!.Type, contents.FindPlain(name)!.Dimensions));
        return new WeightFacts([.. tensors], contents.Names.Any(name => contents.FindQuantized(name) is not null));
    }

    private static GgmlType MainType(IEnumerable<(GgmlType Type, int Dimensions, long Count)> tensors) => tensors
        .Where(tensor => tensor.Dimensions > 1)
        .GroupBy(tensor => tensor.Type)
        .MaxBy(group => group.Sum(tensor => tensor.Count))?.Key ?? GgmlType.F32;

    private readonly record struct Tensor(string Name, GgmlType Type, ImmutableArray<long> Dimensions)
    {
        public long Count => Dimensions.Aggregate(1L, (product, length) => product * length);
    }
}
