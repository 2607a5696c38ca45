using Slipway.Engine.Architectures;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Import;
using Slipway.Engine.Tokenizers;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Training.BaseModels;

/// <summary>A model to start training from. Its weights stay on the disk until they are read.</summary>
internal sealed class BaseModel : IDisposable
{
    private const string Embedding = "token_embd.weight";
    private const string Output = "output.weight";
    private readonly IBaseWeights _weights;

    internal BaseModel(IBaseWeights weights, ModelShape shape, Tokenizer tokenizer, string? chatTemplate, string name, bool? tiesOutput)
    {
        (_weights, Shape, Tokenizer, ChatTemplate, Name) = (weights, shape, tokenizer, chatTemplate, name);
        Vocabulary = CountRows(weights, shape);
        TiesOutput = tiesOutput ?? weights.FindShape(Output) is null;
        if (tokenizer.VocabularySize > Vocabulary)
        {
            throw new ModelFormatException($"The tokenizer has {tokenizer.VocabularySize} tokens, the embedding only {Vocabulary}.");
        }
    }

    public ModelShape Shape { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>The source text of the template; null for a model that was not made for conversations.</summary>
    public string? ChatTemplate { get; }

    /// <summary>What the model calls itself, or what its file or folder is called.</summary>
    public string Name { get; }

    /// <summary>Rows of the embedding: at least as many as the tokenizer has tokens.</summary>
    public int Vocabulary { get; }

    /// <summary>Whether the logits use the embedding; else there is an <c>output.weight</c>.</summary>
    public bool TiesOutput { get; }

    /// <summary>Opens a GGUF file of any quantisation, or a folder (<see cref="ModelPath"/>).</summary>
    /// <exception cref="FileNotFoundException">There is no such file or folder, or the folder lacks a file.</exception>
    /// <exception cref="ModelFormatException">It is broken, or of a family that cannot be trained; the message says which.</exception>
    public static BaseModel Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ModelPath.Resolve(path) is var found && Directory.Exists(found) ? HuggingFaceFolder.Open(found) : OpenGguf(found);
    }

    /// <summary>Fills a parameter from the tensor of its name.</summary>
    /// <exception cref="ModelFormatException">It is missing, of another shape, or of a type that holds no weights.</exception>
    public unsafe void Read(Parameter parameter)
    {
        var shape = _weights.FindShape(parameter.Name)
            ?? throw new ModelFormatException($"The model has no tensor '{parameter.Name}'.");
        IReadOnlyList<long> wanted = parameter.IsVector ? [parameter.Length] : [parameter.Rows, parameter.Columns];
        if (!shape.SequenceEqual(wanted))
        {
            throw new ModelFormatException(
                $"Tensor '{parameter.Name}' is {string.Join(" × ", shape)}; the model's shape asks for {string.Join(" × ", wanted)}.");
        }
        _weights.Read(parameter.Name, parameter.Value);
    }

    public void Dispose() => _weights.Dispose();

    private static BaseModel OpenGguf(string path)
    {
        var file = GgufFile.Open(path);
        try
        {
            var shape = ModelShape.From(file.Metadata);
            if (shape.Architecture != "qwen3")
            {
                throw new ModelFormatException($"'{path}' is a model of the {shape.Architecture} family; training is for qwen3.");
            }
            return new BaseModel(
                new GgufWeights(file),
                shape,
                Tokenizer.FromGguf(file.Metadata),
                file.Metadata.GetString("tokenizer.chat_template"),
                file.Metadata.GetString("general.name") ?? Path.GetFileNameWithoutExtension(path),
                tiesOutput: null);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static int CountRows(IBaseWeights weights, ModelShape shape) =>
        weights.FindShape(Embedding) is [var rows and > 0 and <= int.MaxValue, var columns] && columns == shape.Hidden
            ? (int)rows
            : throw new ModelFormatException(
                $"The embedding '{Embedding}' is {Describe(weights.FindShape(Embedding))}; "
                + $"the model's shape asks for tokens × {shape.Hidden}.");

    private static string Describe(IReadOnlyList<long>? shape) => shape is null ? "missing" : string.Join(" × ", shape);
}
