using Slipway.Engine.Architectures;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Tokenizers;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Training.Export;

/// <summary>A trained Qwen3 model on its way into files that this engine, llama.cpp and Hugging Face's tools load.</summary>
internal sealed class ModelExport
{
    private const string Embedding = "token_embd.weight";
    private const string Output = "output.weight";
    private readonly ModelShape _shape;
    private readonly Tokenizer _tokenizer;
    private readonly string? _chatTemplate;
    private readonly string _name;
    private readonly IReadOnlyList<Parameter> _parameters;

    /// <param name="shape">The model's size.</param>
    /// <param name="tokenizer">No larger than the embedding.</param>
    /// <param name="chatTemplate">Source text; null for a model that only continues texts.</param>
    /// <param name="name">What the model calls itself.</param>
    /// <param name="parameters">All of them, by their GGUF names; without an <c>output.weight</c> the logits use the embedding.</param>
    /// <exception cref="ModelFormatException">The tokenizer has more tokens than the embedding has rows.</exception>
    public ModelExport(ModelShape shape, Tokenizer tokenizer, string? chatTemplate, string name, IReadOnlyList<Parameter> parameters)
    {
        (_shape, _tokenizer, _chatTemplate, _name, _parameters) = (shape, tokenizer, chatTemplate, name, parameters);
        var rows = parameters.First(parameter => parameter.Name == Embedding).Rows;
        if (tokenizer.VocabularySize > rows)
        {
            throw new ModelFormatException($"The tokenizer has {tokenizer.VocabularySize} tokens, the embedding only {rows}.");
        }
    }

    /// <summary>Writes one GGUF file; the path holds a whole model or what was there before.</summary>
    /// <param name="path">The file; its folder must be there.</param>
    /// <param name="type">Format of the matrices. Norms are F32; matrices whose rows do not fill its blocks are F16.</param>
    /// <exception cref="ModelFormatException">A GGUF file cannot say all of the tokenizer.</exception>
    public void WriteGguf(string path, GgmlType type)
    {
        var writer = new GgufWriter();
        GgufKeys.Add(writer, _shape, _name, type);
        TokenizerWriter.AddToGguf(_tokenizer, writer, _chatTemplate);
        foreach (var parameter in _parameters)
        {
            var rows = RowsInGguf(parameter);
            var stored = ParameterWriter.TypeOf(parameter, type);
            long[] dimensions = parameter.IsVector ? [parameter.Length] : [parameter.Columns, rows];
            writer.AddTensor(parameter.Name, stored, dimensions, stream => ParameterWriter.Write(stream, parameter, rows, stored));
        }
        writer.Write(path);
    }

    /// <summary>
    /// Writes a folder as Hugging Face's tools lay it out, weights in BF16. It appears whole; one that holds a model is replaced.
    /// </summary>
    /// <exception cref="IOException">The folder is there and holds something else.</exception>
    /// <exception cref="ModelFormatException">The tokenizer's file cannot say all of the tokenizer.</exception>
    public void WriteHuggingFace(string folder) => WholeFolder.Write(folder, HuggingFaceFiles.Config, partial =>
        HuggingFaceFiles.Write(partial, _shape, _tokenizer, _chatTemplate, _parameters));

    /// <summary>Readers want as many rows as there are tokens. Rows beyond belong to no token, so nothing is lost with them.</summary>
    private int RowsInGguf(Parameter parameter) =>
        parameter.Name is Embedding or Output ? _tokenizer.VocabularySize : parameter.Rows;
}
