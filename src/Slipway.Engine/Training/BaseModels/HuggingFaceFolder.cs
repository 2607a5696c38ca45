using System.Text;
using System.Text.Json;
using Slipway.Engine.Architectures;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.HuggingFace;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Training.BaseModels;

/// <summary>A model as Hugging Face's tools lay it out: <c>config.json</c>, safetensors, <c>tokenizer.json</c>, the chat template.</summary>
internal static class HuggingFaceFolder
{
    private const int LongestConfig = 4 << 20;
    private const int LongestTokenizerConfig = 64 << 20;
    private const int LongestTemplate = 4 << 20;

    public static BaseModel Open(string folder)
    {
        using var config = JsonFile.Read(Path.Combine(folder, "config.json"), LongestConfig);
        var shape = ModelShape.FromConfig(config.RootElement);
        var tokenizer = Path.Combine(folder, "tokenizer.json");
        if (!File.Exists(tokenizer))
        {
            throw new FileNotFoundException($"There is no file '{tokenizer}'; tokenizers in other forms are not read.", tokenizer);
        }
        var weights = new HuggingFaceWeights(SafetensorsFile.Open(folder));
        try
        {
            return new BaseModel(
                weights,
                shape,
                Tokenizer.FromTokenizerJson(tokenizer),
                ReadChatTemplate(folder),
                Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
                new ConfigReader(config.RootElement).Flag("tie_word_embeddings"));
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>A file of its own goes before the tokenizer's configuration, as in Hugging Face's tools.</summary>
    public static string? ReadChatTemplate(string folder)
    {
        var (file, configuration) = (Path.Combine(folder, "chat_template.jinja"), Path.Combine(folder, "tokenizer_config.json"));
        if (File.Exists(file))
        {
            return Encoding.UTF8.GetString(JsonFile.ReadBytes(file, LongestTemplate));
        }
        if (!File.Exists(configuration))
        {
            return null;
        }
        using var config = JsonFile.Read(configuration, LongestTokenizerConfig);
        return config.RootElement.TryGetProperty("chat_template", out var template) ? Choose(template, configuration) : null;
    }

    /// <summary>One template, or several with names, of which the default one is taken.</summary>
    private static string? Choose(JsonElement template, string path)
    {
        try
        {
            return template.ValueKind switch
            {
                JsonValueKind.Null => null,
                JsonValueKind.String => template.GetString(),
                JsonValueKind.Array => template.EnumerateArray().First(IsDefault).GetProperty("template").GetString(),
                _ => throw new InvalidOperationException($"it is {template.ValueKind}"),
            };
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException)
        {
            throw new ModelFormatException(
                $"'{path}': chat_template cannot be used ({exception.Message}); accepted are a text, or a list with one named 'default'.",
                exception);
        }
    }

    private static bool IsDefault(JsonElement template) => template.TryGetProperty("name", out var name) && name.ValueEquals("default");
}
