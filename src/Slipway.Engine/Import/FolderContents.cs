using System.Text.Json.Nodes;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Formats.HuggingFace;

namespace Slipway.Engine.Import;

/// <summary>What a Hugging Face or ModelScope folder holds, for looking at.</summary>
public sealed class FolderContents
{
    private FolderContents(FolderModel model, JsonObject config)
    {
        Configuration = config;
        ByteLength = model.ByteLength;
        Notes = model.Notes;
        Tensors = [.. model.Tensors.Select(tensor => new FolderTensor(tensor.Name, tensor.Type, [.. tensor.Dimensions], tensor.ByteLength))];
    }

    /// <summary>All of <c>config.json</c>.</summary>
    public JsonObject Configuration { get; }

    /// <summary>Bytes of the weights' files.</summary>
    public long ByteLength { get; }

    /// <summary>What loading will do to the weights and changes them; usually nothing.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>As the engine computes with them.</summary>
    public IReadOnlyList<FolderTensor> Tensors { get; }

    /// <summary>Reads a folder; its weights are not touched.</summary>
    /// <exception cref="FileNotFoundException">The folder lacks a file.</exception>
    /// <exception cref="ModelFormatException">It is broken or not supported.</exception>
    public static FolderContents Read(string folder)
    {
        using var model = FolderModel.Open(folder);
        using var config = JsonFile.Read(Path.Combine(folder, "config.json"), FolderModel.LongestConfig);
        return new FolderContents(model, JsonObject.Create(config.RootElement.Clone())!);
    }
}

/// <summary>A tensor of a folder.</summary>
/// <param name="Name">In the files.</param>
/// <param name="Type">The format that the engine computes with: of GPTQ, the one that it is repacked into.</param>
/// <param name="Dimensions">The fastest-running first.</param>
/// <param name="ByteLength">In that format.</param>
public sealed record FolderTensor(string Name, GgmlType Type, IReadOnlyList<long> Dimensions, long ByteLength);
