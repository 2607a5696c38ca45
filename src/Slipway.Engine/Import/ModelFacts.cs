using Slipway.Engine.Architectures;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Formats.HuggingFace;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Import;

/// <summary>What a model file or folder says of itself, read without touching its weights.</summary>
public static class ModelFacts
{
    private const string Config = "config.json";

    /// <summary>Whether a path is a folder with <c>config.json</c>, as Hugging Face and ModelScope lay models out; its weights may be missing.</summary>
    public static bool IsFolder(string path) => File.Exists(Path.Combine(path, Config));

    /// <summary>The file whose change means that the model has other tokens.</summary>
    public static string TokenizerFileOf(string path) =>
        ModelPath.Resolve(path) is var found && IsFolder(found) ? Path.Combine(found, "tokenizer.json") : found;

    /// <summary>The tokenizer of a GGUF file, of a folder, or of a <c>tokenizer.json</c>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ModelFormatException">It is broken or not supported.</exception>
    public static Tokenizer ReadTokenizer(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return Tokenizer.FromTokenizerJson(path);
        }
        var found = ModelPath.Resolve(path);
        if (IsFolder(found))
        {
            return FolderModel.ReadTokenizer(found);
        }
        using var file = GgufFile.Open(found);
        return Tokenizer.FromGguf(file.Metadata);
    }

    /// <summary>The source text of the chat template of a GGUF file or a folder; null where there is none.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ModelFormatException">It is broken.</exception>
    public static string? ReadChatTemplate(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var found = ModelPath.Resolve(path);
        if (IsFolder(found))
        {
            return ChatTemplateFiles.Read(found);
        }
        using var file = GgufFile.Open(found);
        return file.Metadata.GetString("tokenizer.chat_template");
    }

    /// <summary>The family of a GGUF file or a folder, such as qwen3.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ModelFormatException">It is broken; of a folder, also if the family is not supported.</exception>
    public static string? ReadArchitecture(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var found = ModelPath.Resolve(path);
        if (IsFolder(found))
        {
            using var config = JsonFile.Read(Path.Combine(found, Config), FolderModel.LongestConfig);
            return ModelShape.FromConfig(config.RootElement).Architecture;
        }
        using var file = GgufFile.Open(found);
        return file.Metadata.GetString("general.architecture");
    }
}
