using System.Text;
using System.Text.Json;

namespace Slipway.Engine.Tokenizers;

/// <summary>The stages around the model in <c>tokenizer.json</c>. What is not known to be supported is refused by name.</summary>
internal static class TokenizerJsonPipeline
{
    private const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const string Qwen2Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Llama3Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string AcceptedPreTokenizers =
        "a Split by the pattern of GPT-2, Qwen2 or Llama 3 followed by ByteLevel, or ByteLevel alone";

    /// <summary>The regular expression by which a split is written; reading knows it again.</summary>
    public static string PatternOf(PreTokenizer preTokenizer) => preTokenizer switch
    {
        PreTokenizer.Gpt2 => Gpt2Pattern,
        PreTokenizer.Qwen2 => Qwen2Pattern,
        _ => Llama3Pattern,
    };

    public static PreTokenizer ReadPreTokenizer(JsonElement element)
    {
        var steps = Flatten(element, "pretokenizers");
        return steps switch
        {
            [var bytes] when IsByteLevel(bytes, usesRegex: true) => PreTokenizer.Gpt2,
            [var split, var bytes] when TypeOf(split) == "Split" && IsByteLevel(bytes, usesRegex: false) => ReadSplit(split),
            _ => throw TokenizerJson.Unsupported("pre_tokenizer", Describe(element), AcceptedPreTokenizers),
        };
    }

    public static bool ReadNormalizesToNfc(JsonElement element)
    {
        var steps = Flatten(element, "normalizers");
        if (steps.Any(step => TypeOf(step) != "NFC"))
        {
            throw TokenizerJson.Unsupported("normalizer", Describe(element), "NFC or none");
        }

        return steps.Count > 0;
    }

    public static void CheckDecoder(JsonElement element)
    {
        if (Flatten(element, "decoders").Any(step => TypeOf(step) != "ByteLevel"))
        {
            throw TokenizerJson.Unsupported("decoder", Describe(element), "ByteLevel");
        }
    }

    /// <summary>A template that puts a token before the text says which the begin token is, and that it is wanted.</summary>
    public static void ReadBeginToken(JsonElement element, TokenizerVocabulary vocabulary)
    {
        foreach (var step in Flatten(element, "processors"))
        {
            if (TypeOf(step) == "TemplateProcessing"
                && step.TryGetProperty("single", out var single) && single.GetArrayLength() > 0
                && single[0].TryGetProperty("SpecialToken", out var token)
                && token.TryGetProperty("id", out var id) && id.GetString() is { } text
                && vocabulary.Find(Encoding.UTF8.GetBytes(text)) is int begin)
            {
                (vocabulary.BeginToken, vocabulary.AddsBeginToken) = (begin, true);
            }
        }
    }

    private static PreTokenizer ReadSplit(JsonElement split)
    {
        var pattern = split.GetProperty("pattern") is { ValueKind: JsonValueKind.Object } value
            && value.TryGetProperty("Regex", out var regex) ? regex.GetString() : null;

        // The patterns match all text: to isolate what matches and to remove what lies between is the same.
        var inverted = IsTrue(split, "invert");
        var behavior = split.TryGetProperty("behavior", out var name) ? name.GetString() : null;
        if ((behavior, inverted) is not (("Isolated", false) or ("Removed", true)))
        {
            throw TokenizerJson.Unsupported("pre_tokenizer", Describe(split), "behavior Isolated, or Removed with invert");
        }

        return pattern switch
        {
            Gpt2Pattern => PreTokenizer.Gpt2,
            Qwen2Pattern => PreTokenizer.Qwen2,
            Llama3Pattern => PreTokenizer.Llama3,
            _ => throw TokenizerJson.Unsupported("pre_tokenizer pattern", pattern, "that of GPT-2, Qwen2 or Llama 3"),
        };
    }

    private static bool IsByteLevel(JsonElement step, bool usesRegex) =>
        TypeOf(step) == "ByteLevel"
        && !IsTrue(step, "add_prefix_space", absent: true)
        && IsTrue(step, "use_regex", absent: true) == usesRegex;

    private static bool IsTrue(JsonElement element, string name, bool absent = false) =>
        element.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.True : absent;

    /// <summary>The steps of a stage: none where it is null, one, or those of a sequence.</summary>
    private static List<JsonElement> Flatten(JsonElement element, string list)
    {
        if (element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return [];
        }

        return TypeOf(element) == "Sequence" && element.TryGetProperty(list, out var steps) ? [.. steps.EnumerateArray()] : [element];
    }

    private static string? TypeOf(JsonElement element) => element.TryGetProperty("type", out var type) ? type.GetString() : null;

    private static string Describe(JsonElement element) =>
        element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? "none" : element.GetRawText();
}
