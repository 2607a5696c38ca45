using System.Text;
using System.Text.Json;
using Slipway.Engine.Formats;

namespace Slipway.Engine.Tokenizers;

/// <summary>
/// Reads <c>tokenizer.json</c>. The vocabulary and the merges, nine tenths of the file, go by reader straight into the
/// tables; the small parts are parsed as documents.
/// </summary>
/// <param name="length">Of the file, in bytes.</param>
internal sealed class TokenizerJson(int length)
{
    private const int BytesPerToken = 64; // With its merge; real files have about 75.
    private static readonly string[] MustBeEmpty = ["continuing_subword_prefix", "end_of_word_suffix"];
    private static readonly string[] MustBeFalse = ["fuse_unk", "byte_fallback"];

    private readonly TokenizerVocabulary _vocabulary = new(length / BytesPerToken) { PreTokenizer = default };
    private readonly Dictionary<string, JsonElement> _modelSettings = [];
    private JsonElement _addedTokens;
    private JsonElement _normalizer;
    private JsonElement _preTokenizer;
    private JsonElement _postProcessor;
    private JsonElement _decoder;

    /// <summary>Reads the file; <paramref name="config"/> is the <c>tokenizer_config.json</c> beside it, or empty.</summary>
    /// <exception cref="ModelFormatException">It is broken or asks for what is not supported.</exception>
    public static TokenizerVocabulary Read(ReadOnlySpan<byte> json, ReadOnlySpan<byte> config)
    {
        try
        {
            return new TokenizerJson(json.Length).ReadFile(json, config);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The reader throws the latter for a value of another type and for text that is not valid Unicode.
            throw new ModelFormatException($"tokenizer.json cannot be read: {exception.Message}", exception);
        }
    }

    private TokenizerVocabulary ReadFile(ReadOnlySpan<byte> json, ReadOnlySpan<byte> config)
    {
        Utf8JsonReader mergesPart = default;
        var reader = new Utf8JsonReader(json);
        Expect(ref reader, JsonTokenType.StartObject, "the file");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "added_tokens": _addedTokens = JsonElement.ParseValue(ref reader); break;
                case "normalizer": _normalizer = JsonElement.ParseValue(ref reader); break;
                case "pre_tokenizer": _preTokenizer = JsonElement.ParseValue(ref reader); break;
                case "post_processor": _postProcessor = JsonElement.ParseValue(ref reader); break;
                case "decoder": _decoder = JsonElement.ParseValue(ref reader); break;
                case "model": ReadModel(ref reader, ref mergesPart); break;
                default: reader.Skip(); break;
            }
        }

        if (mergesPart.TokenType != JsonTokenType.None)
        {
            TokenizerJsonModel.ReadMerges(ref mergesPart, _vocabulary);
        }

        ReadSmallParts();
        TokenizerConfig.Read(config, _vocabulary);
        return _vocabulary;
    }

    private void ReadModel(ref Utf8JsonReader reader, ref Utf8JsonReader mergesPart)
    {
        Expect(ref reader, JsonTokenType.StartObject, "model", read: false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            switch (name)
            {
                case "vocab":
                    TokenizerJsonModel.ReadVocabulary(ref reader, _vocabulary);
                    break;
                case "merges" when _vocabulary.Size > 0:
                    TokenizerJsonModel.ReadMerges(ref reader, _vocabulary);
                    break;
                case "merges": // They come before the tokens that they name: later.
                    mergesPart = reader;
                    reader.Skip();
                    break;
                default:
                    _modelSettings[name] = JsonElement.ParseValue(ref reader);
                    break;
            }
        }
    }

    private void ReadSmallParts()
    {
        CheckModel();
        TokenizerJsonPipeline.CheckDecoder(_decoder);
        _vocabulary.PreTokenizer = TokenizerJsonPipeline.ReadPreTokenizer(_preTokenizer);
        _vocabulary.NormalizesToNfc = TokenizerJsonPipeline.ReadNormalizesToNfc(_normalizer);
        _vocabulary.IgnoresMerges = Setting("ignore_merges") is { ValueKind: JsonValueKind.True };
        TokenizerJsonAddedTokens.Read(_addedTokens, _vocabulary);
        _vocabulary.UnknownToken = Setting("unk_token") is { ValueKind: JsonValueKind.String } unknown
            ? _vocabulary.Find(Encoding.UTF8.GetBytes(unknown.GetString()!))
            : null;
        TokenizerJsonPipeline.ReadBeginToken(_postProcessor, _vocabulary);
    }

    private void CheckModel()
    {
        // Files from before 2021 leave the type out; what has merges and a vocabulary is BPE.
        var type = Setting("type") is { ValueKind: JsonValueKind.String } value ? value.GetString() : "BPE";
        if (type != "BPE")
        {
            throw Unsupported("model type", type, "BPE");
        }

        foreach (var name in MustBeEmpty)
        {
            if (Setting(name) is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } given)
            {
                throw Unsupported($"model {name}", given, "an empty one");
            }
        }

        foreach (var name in MustBeFalse)
        {
            if (Setting(name) is { ValueKind: JsonValueKind.True })
            {
                throw Unsupported($"model {name}", "true", "false");
            }
        }

        if (Setting("dropout") is { ValueKind: JsonValueKind.Number } dropout && dropout.GetDouble() != 0)
        {
            throw Unsupported("model dropout", dropout.GetRawText(), "none");
        }
    }

    private JsonElement? Setting(string name) => _modelSettings.TryGetValue(name, out var value) ? value : null;

    internal static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string what, bool read = true)
    {
        if ((read && !reader.Read()) || reader.TokenType != type)
        {
            throw new ModelFormatException($"tokenizer.json: {what} is {reader.TokenType}; expected is {type}.");
        }
    }

    internal static ModelFormatException Unsupported(string what, string? given, string accepted)
    {
        const int Longest = 200;
        var shown = given is { Length: > Longest } ? string.Concat(given.AsSpan(0, Longest), "…") : given;
        return new ModelFormatException($"tokenizer.json: {what} '{shown}' is not supported; accepted is {accepted}.");
    }
}
