using System.Text.Json;
using Slipway.Engine.Formats;

namespace Slipway.Engine.Tokenizers;

/// <summary>The two large parts of <c>tokenizer.json</c>: <c>model.vocab</c> and <c>model.merges</c>.</summary>
internal static class TokenizerJsonModel
{
    /// <summary>Reads <c>{"spelling": id, …}</c>; the reader stands on the opening brace.</summary>
    public static void ReadVocabulary(ref Utf8JsonReader reader, TokenizerVocabulary vocabulary)
    {
        TokenizerJson.Expect(ref reader, JsonTokenType.StartObject, "model.vocab", read: false);
        var spelling = new ByteLevelSpelling(vocabulary);
        var scratch = Array.Empty<byte>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var text = Text(ref reader, ref scratch);
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var id))
            {
                throw new ModelFormatException(
                    $"tokenizer.json: the id of token {TokenTable.Show(text)} is no whole number; accepted are 0 to {TokenTable.MaximumSize - 1}.");
            }

            spelling.AddToken(id, text);
        }
    }

    /// <summary>Reads <c>["a b", …]</c> or <c>[["a", "b"], …]</c>; the reader stands on the opening bracket.</summary>
    public static void ReadMerges(ref Utf8JsonReader reader, TokenizerVocabulary vocabulary)
    {
        TokenizerJson.Expect(ref reader, JsonTokenType.StartArray, "model.merges", read: false);
        var spelling = new ByteLevelSpelling(vocabulary);
        byte[] left = [], right = [];
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            bool added;
            if (reader.TokenType == JsonTokenType.String)
            {
                var merge = Text(ref reader, ref left);
                added = spelling.TryAddMerge(merge) || merge.StartsWith("#version"u8);
            }
            else
            {
                TokenizerJson.Expect(ref reader, JsonTokenType.StartArray, $"merge {index}", read: false);
                TokenizerJson.Expect(ref reader, JsonTokenType.String, $"merge {index}");
                var first = Text(ref reader, ref left);
                TokenizerJson.Expect(ref reader, JsonTokenType.String, $"merge {index}");
                added = spelling.TryAddMerge(first, Text(ref reader, ref right));
                TokenizerJson.Expect(ref reader, JsonTokenType.EndArray, $"merge {index}");
            }

            if (!added)
            {
                throw new ModelFormatException(
                    $"tokenizer.json: merge {index} is not of two tokens whose union is a token; all three must be in model.vocab.");
            }
        }
    }

    /// <summary>The text of the string under the reader: out of the file where it stands there plainly, else in the scratch.</summary>
    private static ReadOnlySpan<byte> Text(ref Utf8JsonReader reader, ref byte[] scratch)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan;
        }

        if (scratch.Length < reader.ValueSpan.Length)
        {
            scratch = new byte[reader.ValueSpan.Length];
        }

        return scratch.AsSpan(0, reader.CopyString(scratch));
    }
}
