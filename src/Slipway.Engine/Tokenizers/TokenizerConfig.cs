using System.Text;
using System.Text.Json;
using Slipway.Engine.Formats;

namespace Slipway.Engine.Tokenizers;

/// <summary>What <c>tokenizer_config.json</c> adds: which tokens begin, end and pad.</summary>
internal static class TokenizerConfig
{
    public static void Read(ReadOnlySpan<byte> json, TokenizerVocabulary vocabulary)
    {
        if (json.IsEmpty)
        {
            return;
        }

        var reader = new Utf8JsonReader(json);
        reader.Read();
        var config = JsonElement.ParseValue(ref reader);
        vocabulary.BeginToken = FindToken(config, "bos_token", vocabulary) ?? vocabulary.BeginToken;
        vocabulary.PadToken = FindToken(config, "pad_token", vocabulary);
        if (FindToken(config, "eos_token", vocabulary) is int end)
        {
            vocabulary.EndTokens.Add(end);
            vocabulary.EndToken ??= end;
        }

        if (config.TryGetProperty("add_bos_token", out var adds) && adds.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            vocabulary.AddsBeginToken = adds.GetBoolean();
        }
    }

    /// <summary>A token is given by its text, plainly or as the content of an object.</summary>
    private static int? FindToken(JsonElement config, string name, TokenizerVocabulary vocabulary)
    {
        if (!config.TryGetProperty(name, out var value))
        {
            return null;
        }

        var content = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out var inner) ? inner : value;
        if (content.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        var bytes = Encoding.UTF8.GetBytes(content.GetString()!);
        return vocabulary.Find(bytes) ?? throw new ModelFormatException(
            $"tokenizer_config.json: {name} {TokenTable.Show(bytes)} is not a token of the vocabulary.");
    }
}
