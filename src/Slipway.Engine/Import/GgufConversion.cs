using Slipway.Engine.Architectures;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Tokenizers;
using Slipway.Engine.Training.Export;

namespace Slipway.Engine.Import;

/// <summary>Writes a Hugging Face or ModelScope folder as one GGUF file that this engine and llama.cpp load.</summary>
public static class GgufConversion
{
    /// <summary>Formats that weights can be brought into on the way.</summary>
    public static IReadOnlyList<GgmlType> Types { get; } = [GgmlType.F16, GgmlType.BF16, GgmlType.F32, GgmlType.Q8_0];

    /// <summary>Converts; memory is bounded by the largest tensor. The path holds the whole new file or what was there before.</summary>
    /// <param name="folder">With <c>config.json</c>, safetensors and <c>tokenizer.json</c>.</param>
    /// <param name="path">The file to write; its folder must be there.</param>
    /// <param name="type">
    /// Format of the matrices, one of <see cref="Types"/>; null keeps what the folder has, GPTQ as Q4_0 or Q4_1. Norms and
    /// biases are F32.
    /// </param>
    /// <param name="progress">Gets the share that is written, 0 to 1.</param>
    /// <param name="cancellationToken">Gives up; nothing is left behind.</param>
    /// <returns>What of the weights the file holds only nearly, in sentences; usually nothing.</returns>
    /// <exception cref="FileNotFoundException">The folder lacks a file.</exception>
    /// <exception cref="ModelFormatException">
    /// The folder is broken or not supported, has a value that is no finite number or too large for the type, or a GGUF file
    /// cannot say all of its tokenizer.
    /// </exception>
    /// <exception cref="ArgumentException">The file is one of the folder's own.</exception>
    /// <exception cref="IOException">The file cannot be written, or the disk has no room for it.</exception>
    public static IReadOnlyList<string> Run(
        string folder, string path, GgmlType? type, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (type is { } wanted && !Types.Contains(wanted))
        {
            throw new ArgumentException($"The type is {wanted}; accepted are {string.Join(", ", Types)}.", nameof(type));
        }
        using var model = FolderModel.Open(folder);
        OutputPlace.RequireOther(Directory.EnumerateFiles(folder).Where(file => !IsGguf(file)), path);
        CheckWhole(model);
        var tensors = model.Names.Select(name => new ConvertedTensor(model, name, type)).ToList();
        var writer = new GgufWriter();
        GgufKeys.Add(writer, model.Shape, model.Name, MostUsed(tensors));
        TokenizerWriter.AddToGguf(model.Tokenizer, writer, model.ChatTemplate);
        var (done, total) = (0L, tensors.Sum(tensor => tensor.ByteLength));
        OutputPlace.CheckRoom(path, total);
        foreach (var tensor in tensors)
        {
            writer.AddTensor(tensor.Name, tensor.Type, tensor.Dimensions, stream =>
            {
                tensor.Write(stream, cancellationToken);
                progress?.Report((double)(done += tensor.ByteLength) / total);
            });
        }
        writer.Write(path);
        return [.. model.Notes, .. Reordered(tensors)];
    }

    /// <summary>A GGUF file that lies in the folder is none of the model's: it may be that of the conversion before.</summary>
    private static bool IsGguf(string file) => file.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);

    /// <summary>Every tensor that the family needs is there in its shape: as the engine would find it.</summary>
    private static void CheckWhole(FolderModel model)
    {
        using var source = new TensorSource(model, Kernels.KernelTier.Scalar);
        var transformer = Transformer.Create(model.Shape, source);
        if (model.Tokenizer.VocabularySize > transformer.Vocabulary)
        {
            throw new ModelFormatException(
                $"The tokenizer has {model.Tokenizer.VocabularySize} tokens, the embedding only {transformer.Vocabulary}.");
        }
    }

    private static GgmlType MostUsed(List<ConvertedTensor> tensors) => tensors
        .Where(tensor => tensor.Dimensions.Length > 1)
        .GroupBy(tensor => tensor.Type)
        .MaxBy(group => group.Sum(tensor => tensor.ByteLength))!.Key;

    private static IEnumerable<string> Reordered(List<ConvertedTensor> tensors)
    {
        var count = tensors.Count(tensor => tensor.LosesOrder);
        if (count > 0)
        {
            yield return $"{count} matrices were re-encoded as Q8_0, close to the folder's values but not equal: their groups of inputs are "
                + "scattered (act-order), which a GGUF file cannot say. Slipway loads the folder itself without that loss.";
        }
    }
}
