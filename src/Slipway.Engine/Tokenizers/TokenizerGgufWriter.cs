using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Tokenizers;

/// <summary>Writes what <see cref="TokenizerGguf"/> reads.</summary>
internal static class TokenizerGgufWriter
{
    private const string Prefix = "tokenizer.ggml.";

    public static void Add(Tokenizer tokenizer, GgufWriter writer, string? chatTemplate)
    {
        var ids = Enumerable.Range(0, tokenizer.VocabularySize);
        writer.Add(Prefix + "model", "gpt2");
        writer.Add(Prefix + "pre", NameOf(tokenizer.PreTokenizer));
        writer.Add(Prefix + "tokens", (string[])[.. ids.Select(id => TextOf(tokenizer, id))]);
        writer.Add(Prefix + "token_type", (int[])[.. ids.Select(id => (int)tokenizer.GetKind(id))]);
        writer.Add(Prefix + "merges", TokenizerWriter.MergeSpellings(tokenizer));
        AddId(writer, "bos_token_id", tokenizer.BeginToken);
        AddId(writer, "eos_token_id", tokenizer.EndToken);
        AddId(writer, "padding_token_id", tokenizer.PadToken);
        AddId(writer, "unknown_token_id", tokenizer.UnknownToken);
        AddOtherEnds(tokenizer, writer);
        writer.Add(Prefix + "add_bos_token", tokenizer.AddsBeginToken);
        if (chatTemplate is not null)
        {
            writer.Add("tokenizer.chat_template", chatTemplate);
        }
    }

    /// <summary>End tokens that readers do not know by name; the form has room for two.</summary>
    private static void AddOtherEnds(Tokenizer tokenizer, GgufWriter writer)
    {
        var others = tokenizer.EndTokens
            .Where(id => id != tokenizer.EndToken && !Tokenizer.EndsTextByName(tokenizer.GetBytes(id)))
            .Order();
        foreach (var (id, key) in others.Zip((string[])["eot_token_id", "eom_token_id"]))
        {
            AddId(writer, key, id);
        }
    }

    private static void AddId(GgufWriter writer, string key, int? id)
    {
        if (id is int value)
        {
            writer.Add(Prefix + key, (uint)value);
        }
    }

    private static string TextOf(Tokenizer tokenizer, int id) => tokenizer.GetKind(id) switch
    {
        TokenKind.Byte => $"<0x{tokenizer.GetBytes(id)[0]:X2}>",
        TokenKind.Unused when tokenizer.GetBytes(id).IsEmpty => $"[PAD{id}]", // Readers want each token's text to be its own.
        _ => tokenizer.GetSpelling(id),
    };

    private static string NameOf(PreTokenizer preTokenizer) => preTokenizer switch
    {
        PreTokenizer.Qwen2 => "qwen2",
        PreTokenizer.Llama3 => "llama-bpe",
        _ => "gpt-2",
    };
}
