using System.Globalization;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Tokenizers;

/// <summary>Reads the <c>tokenizer.ggml.*</c> metadata of a GGUF file.</summary>
internal static class TokenizerGguf
{
    private const string Prefix = "tokenizer.ggml.";
    private static readonly string[] EndKeys = ["eos_token_id", "eot_token_id", "eom_token_id"];

    /// <exception cref="ModelFormatException">A key is missing, or asks for what is not supported.</exception>
    public static TokenizerVocabulary Read(GgufMetadata metadata)
    {
        var model = metadata.GetString(Prefix + "model")
            ?? throw new ModelFormatException($"The file has no '{Prefix}model'; it has no tokenizer.");
        if (model != "gpt2")
        {
            throw new ModelFormatException($"'{Prefix}model' is '{model}'; supported is gpt2 (byte-level BPE).");
        }

        var tokens = metadata.GetStrings(Prefix + "tokens") ?? throw new ModelFormatException($"The file has no '{Prefix}tokens'.");
        var preTokenizer = ReadPreTokenizer(metadata.GetString(Prefix + "pre"));
        var vocabulary = new TokenizerVocabulary(tokens.Count)
        {
            PreTokenizer = preTokenizer,
            NormalizesToNfc = preTokenizer == PreTokenizer.Qwen2,
            IgnoresMerges = preTokenizer == PreTokenizer.Llama3,
        };
        ReadTokens(tokens, metadata.GetIntegers(Prefix + "token_type"), vocabulary);
        ReadMerges(metadata, vocabulary);
        ReadRoles(metadata, vocabulary);
        return vocabulary;
    }

    private static PreTokenizer ReadPreTokenizer(string? name) => name switch
    {
        "qwen2" or "deepseek-r1-qwen" => PreTokenizer.Qwen2,
        "llama-bpe" or "llama3" or "llama-v3" => PreTokenizer.Llama3,
        null or "default" or "gpt-2" => PreTokenizer.Gpt2,
        _ => throw new ModelFormatException(
            $"'{Prefix}pre' is '{name}'; supported are qwen2, deepseek-r1-qwen, llama-bpe, gpt-2 and default."),
    };

    private static void ReadTokens(GgufStringArray tokens, int[]? kinds, TokenizerVocabulary vocabulary)
    {
        if (kinds is not null && kinds.Length != tokens.Count)
        {
            throw new ModelFormatException($"'{Prefix}token_type' has {kinds.Length} values for {tokens.Count} tokens.");
        }

        var spelling = new ByteLevelSpelling(vocabulary);
        var id = 0;
        foreach (var text in tokens)
        {
            var kind = (TokenKind)(kinds?[id] ?? (int)TokenKind.Normal);
            if (!Enum.IsDefined(kind))
            {
                throw new ModelFormatException($"Token {id} is of type {(int)kind}; known are 1 to 6.");
            }

            if (Tokenizer.EndsTextByName(text))
            {
                vocabulary.AddToken(id, text, TokenKind.Control); // Some converters call them normal or user-defined.
            }
            else if (kind == TokenKind.Normal)
            {
                spelling.AddToken(id, text);
            }
            else
            {
                vocabulary.AddToken(id, kind == TokenKind.Byte ? ReadByte(text, id) : text, kind);
            }

            id++;
        }
    }

    /// <summary>A byte token is written <c>&lt;0x0A&gt;</c>.</summary>
    private static byte[] ReadByte(ReadOnlySpan<byte> text, int id) =>
        text.Length == 6 && text.StartsWith("<0x"u8)
            && byte.TryParse(text[3..5], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value)
            ? [value]
            : throw new ModelFormatException($"Byte token {id} is {TokenTable.Show(text)}; it must look like <0x0A>.");

    private static void ReadMerges(GgufMetadata metadata, TokenizerVocabulary vocabulary)
    {
        var merges = metadata.GetStrings(Prefix + "merges") ?? throw new ModelFormatException($"The file has no '{Prefix}merges'.");
        var spelling = new ByteLevelSpelling(vocabulary);
        var index = 0;
        foreach (var merge in merges)
        {
            if (!spelling.TryAddMerge(merge))
            {
                throw new ModelFormatException($"Merge {index}, {TokenTable.Show(merge)}, is not two tokens whose union is a token, too.");
            }

            index++;
        }
    }

    private static void ReadRoles(GgufMetadata metadata, TokenizerVocabulary vocabulary)
    {
        vocabulary.BeginToken = ReadId(metadata, "bos_token_id", vocabulary);
        vocabulary.PadToken = ReadId(metadata, "padding_token_id", vocabulary);
        vocabulary.UnknownToken = ReadId(metadata, "unknown_token_id", vocabulary);
        vocabulary.AddsBeginToken = metadata.GetBool(Prefix + "add_bos_token")
            ?? (vocabulary.PreTokenizer == PreTokenizer.Llama3 && vocabulary.BeginToken is not null);
        foreach (var key in EndKeys)
        {
            if (ReadId(metadata, key, vocabulary) is int end)
            {
                vocabulary.EndTokens.Add(end);
                vocabulary.EndToken ??= end;
            }
        }
    }

    /// <summary>
    /// The token that plays a role. −1, 2³² − 1 and other ids that the vocabulary does not have mean that none does: files
    /// with a padding token behind their last one are common, and work without it.
    /// </summary>
    private static int? ReadId(GgufMetadata metadata, string key, TokenizerVocabulary vocabulary) =>
        metadata.GetInteger(Prefix + key) is long id && id >= 0 && id < vocabulary.Size ? (int)id : null;
}
