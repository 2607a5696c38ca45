using System.Text;
using System.Text.Json;

namespace Slipway.Engine.Formats.HuggingFace;

/// <summary>The chat template of a Hugging Face folder: <c>chat_template.jinja</c> or a part of <c>tokenizer_config.json</c>.</summary>
internal static class ChatTemplateFiles
{
    private const int LongestTokenizerConfig = 64 << 20;
    private const int LongestTemplate = 4 << 20;

    /// <summary>A file of its own goes before the tokenizer's configuration, as in Hugging Face's tools.</summary>
    public static string? Read(string folder)
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
