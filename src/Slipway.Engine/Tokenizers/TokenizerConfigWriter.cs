using System.Globalization;
using System.Text.Json;

namespace Slipway.Engine.Tokenizers;

/// <summary>Writes <c>tokenizer_config.json</c>, which says which tokens begin, end and pad, and has the chat template.</summary>
internal static class TokenizerConfigWriter
{
    public static byte[] Write(Tokenizer tokenizer, string? chatTemplate)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, TokenizerJsonWriter.Layout))
        {
            json.WriteStartObject();
            json.WriteBoolean("add_bos_token", tokenizer.AddsBeginToken);
            json.WriteBoolean("add_prefix_space", false);
            WriteAddedTokens(json, tokenizer);
            WriteRole(json, "bos_token", tokenizer, tokenizer.BeginToken);
            if (chatTemplate is not null)
            {
                json.WriteString("chat_template", chatTemplate);
            }

            json.WriteBoolean("clean_up_tokenization_spaces", false);
            WriteRole(json, "eos_token", tokenizer, tokenizer.EndToken);
            json.WriteString("errors", "replace");
            WriteRole(json, "pad_token", tokenizer, tokenizer.PadToken);
            json.WriteBoolean("split_special_tokens", false);
            json.WriteString("tokenizer_class", "PreTrainedTokenizerFast"); // Takes all from tokenizer.json.
            WriteRole(json, "unk_token", tokenizer, tokenizer.UnknownToken);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, Tokenizer tokenizer)
    {
        json.WriteStartObject("added_tokens_decoder");
        foreach (var id in TokenizerJsonWriter.AddedTokens(tokenizer))
        {
            json.WriteStartObject(id.ToString(CultureInfo.InvariantCulture));
            TokenizerJsonWriter.WriteAddedToken(json, tokenizer, id);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteRole(Utf8JsonWriter json, string role, Tokenizer tokenizer, int? id) =>
        json.WriteString(role, id is int token ? tokenizer.GetSpelling(token) : null);
}
