using System.Runtime.CompilerServices;
using System.Text.Json;
using Slipway.Engine.Formats;

namespace Slipway.Engine.Tokenizers;

/// <summary>The two large parts of <c>tokenizer.json</c>: <c>model.vocab</c> and <c>model.merges</c>.</summary>
internal static class TokenizerJsonModel
{
    /// <summary>Reads <c>{"spelling": id, …}</c>; the reader stands on the opening brace.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Hot while loading, before tiering would act.
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
                    $"tokenizer.json: the id of token {TokenTable.Show(text)} is no whole number; "
                    + $"accepted are 0 to {TokenTable.MaximumSize - 1}.");
            }

            spelling.AddToken(id, text);
        }
    }

    /// <summary>Reads <c>["a b", …]</c> or <c>[["a", "b"], …]</c>; the reader stands on the opening bracket.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Hot while loading, before tiering would act.
    public static void ReadMerges(ref Utf8JsonReader reader, TokenizerVocabulary vocabulary)
    {
        TokenizerJson.Expect(ref reader, JsonTokenType.StartArray, "model.merges", read: false);
        var spelling = new ByteLevelSpelling(vocabulary);
        byte[] left = [], right = [];
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (!TryReadMerge(ref reader, spelling, ref left, ref right))
            {
                throw new ModelFormatException(
                    $"tokenizer.json: merge {index} is not two tokens of model.vocab whose union is a token, too; "
                    + "accepted are \"a b\" and [\"a\", \"b\"].");
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Hot while loading, before tiering would act.
    private static bool TryReadMerge(ref Utf8JsonReader reader, ByteLevelSpelling spelling, ref byte[] left, ref byte[] right)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            var merge = Text(ref reader, ref left);
            return spelling.TryAddMerge(merge) || merge.StartsWith("#version"u8);
        }

        if (reader.TokenType != JsonTokenType.StartArray || !reader.Read() || reader.TokenType != JsonTokenType.String)
        {
            return false;
        }

        var first = Text(ref reader, ref left);
        return reader.Read() && reader.TokenType == JsonTokenType.String
            && spelling.TryAddMerge(first, Text(ref reader, ref right))
            && reader.Read() && reader.TokenType == JsonTokenType.EndArray;
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
