using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Engine.Formats;

namespace Slipway.Engine.Tokenizers;

/// <summary>Writes what <see cref="TokenizerJson"/> reads.</summary>
internal static class TokenizerJsonWriter
{
    /// <summary>The files are for programs and people, not for web pages: only what JSON itself demands is escaped.</summary>
    internal static readonly JsonWriterOptions Layout = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(Tokenizer tokenizer)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Layout))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            WriteAddedTokens(json, tokenizer);
            WritePart(json, "normalizer", tokenizer.NormalizesToNfc ? new JsonObject { ["type"] = "NFC" } : null);
            WritePart(json, "pre_tokenizer", PreTokenizer(tokenizer.PreTokenizer));
            WritePart(json, "post_processor", PostProcessor(tokenizer));
            WritePart(json, "decoder", ByteLevel(usesRegex: true));
            WriteModel(json, tokenizer);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>The tokens that are matched before merging.</summary>
    internal static IEnumerable<int> AddedTokens(Tokenizer tokenizer) => Enumerable.Range(0, tokenizer.VocabularySize)
        .Where(id => tokenizer.GetKind(id) is TokenKind.Control or TokenKind.UserDefined or TokenKind.Unknown);

    /// <summary>The fields of an added token that both files have.</summary>
    internal static void WriteAddedToken(Utf8JsonWriter json, Tokenizer tokenizer, int id)
    {
        var rules = tokenizer.GetRules(id);
        json.WriteString("content", tokenizer.GetSpelling(id));
        json.WriteBoolean("single_word", rules.HasFlag(AddedTokenRules.SingleWord));
        json.WriteBoolean("lstrip", rules.HasFlag(AddedTokenRules.StripsLeft));
        json.WriteBoolean("rstrip", rules.HasFlag(AddedTokenRules.StripsRight));
        json.WriteBoolean("normalized", rules.HasFlag(AddedTokenRules.Normalized));
        json.WriteBoolean("special", tokenizer.GetKind(id) != TokenKind.UserDefined);
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, Tokenizer tokenizer)
    {
        json.WriteStartArray("added_tokens");
        foreach (var id in AddedTokens(tokenizer))
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            WriteAddedToken(json, tokenizer, id);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WritePart(Utf8JsonWriter json, string name, JsonObject? part)
    {
        json.WritePropertyName(name);
        if (part is null)
        {
            json.WriteNullValue();
        }
        else
        {
            part.WriteTo(json);
        }
    }

    private static JsonObject PreTokenizer(PreTokenizer preTokenizer) => Sequence(
        "pretokenizers",
        new JsonObject
        {
            ["type"] = "Split",
            ["pattern"] = new JsonObject { ["Regex"] = TokenizerJsonPipeline.PatternOf(preTokenizer) },
            ["behavior"] = "Isolated",
            ["invert"] = false,
        },
        ByteLevel(usesRegex: false));

    private static JsonObject PostProcessor(Tokenizer tokenizer)
    {
        if (!tokenizer.AddsBeginToken || tokenizer.BeginToken is not int begin)
        {
            return ByteLevel(usesRegex: false);
        }

        var text = tokenizer.GetSpelling(begin);
        return Sequence("processors", ByteLevel(usesRegex: false), new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray(Step("SpecialToken", text, 0), Step("Sequence", "A", 0)),
            ["pair"] = new JsonArray(
                Step("SpecialToken", text, 0), Step("Sequence", "A", 0), Step("SpecialToken", text, 1), Step("Sequence", "B", 1)),
            ["special_tokens"] = new JsonObject
            {
                [text] = new JsonObject { ["id"] = text, ["ids"] = new JsonArray(begin), ["tokens"] = new JsonArray(text) },
            },
        });
    }

    private static JsonObject Step(string kind, string id, int type) =>
        new() { [kind] = new JsonObject { ["id"] = id, ["type_id"] = type } };

    private static JsonObject Sequence(string list, params JsonNode[] steps) =>
        new() { ["type"] = "Sequence", [list] = new JsonArray(steps) };

    private static JsonObject ByteLevel(bool usesRegex) => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = false,
        ["use_regex"] = usesRegex,
    };

    private static void WriteModel(Utf8JsonWriter json, Tokenizer tokenizer)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteString("unk_token", tokenizer.UnknownToken is int unknown ? tokenizer.GetSpelling(unknown) : null);
        json.WriteString("continuing_subword_prefix", "");
        json.WriteString("end_of_word_suffix", "");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", tokenizer.IgnoresMerges);
        WriteVocabulary(json, tokenizer);
        json.WriteStartArray("merges");
        TokenizerWriter.MergeSpellings(tokenizer).ForEach(json.WriteStringValue);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteVocabulary(Utf8JsonWriter json, Tokenizer tokenizer)
    {
        // Added text can be a step of merging, too; then merges can name it only if the vocabulary has it.
        var merged = tokenizer.Merges.SelectMany(merge => (int[])[merge.Left, merge.Right, merge.Result]).ToHashSet();
        json.WriteStartObject("vocab");
        for (var id = 0; id < tokenizer.VocabularySize; id++)
        {
            var kind = tokenizer.GetKind(id);
            if (kind == TokenKind.Byte)
            {
                throw new ModelFormatException($"Token {id} spells out a byte; tokenizer.json of byte-level BPE has no such tokens.");
            }

            if (kind == TokenKind.Normal || merged.Contains(id))
            {
                json.WriteNumber(tokenizer.GetSpelling(id, asMergePart: merged.Contains(id)), id);
            }
        }

        json.WriteEndObject();
    }
}
