using System.Text;
using System.Text.Json;
using Slipway.Engine.Formats;

namespace Slipway.Engine.Tokenizers;

/// <summary>The <c>added_tokens</c> of <c>tokenizer.json</c>.</summary>
internal static class TokenizerJsonAddedTokens
{
    /// <summary>Adds them; one that the vocabulary has already becomes an added one there.</summary>
    public static void Read(JsonElement tokens, TokenizerVocabulary vocabulary)
    {
        if (tokens.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return;
        }

        var spelling = new ByteLevelSpelling(vocabulary);
        foreach (var token in tokens.EnumerateArray())
        {
            Add(token, spelling, vocabulary);
        }
    }

    private static void Add(JsonElement token, ByteLevelSpelling spelling, TokenizerVocabulary vocabulary)
    {
        if (!token.TryGetProperty("content", out var content) || !token.TryGetProperty("id", out var idValue)
            || idValue.ValueKind != JsonValueKind.Number || !idValue.TryGetInt32(out var id))
        {
            throw new ModelFormatException("tokenizer.json: an added token needs a content and an id that is a whole number.");
        }

        var bytes = Encoding.UTF8.GetBytes(content.GetString() ?? string.Empty);
        var kind = Flag(token, "special") ? TokenKind.Control : TokenKind.UserDefined;
        var own = spelling.FindNormal(bytes);
        if (own is int other && other != id)
        {
            throw new ModelFormatException(
                $"tokenizer.json: {TokenTable.Show(bytes)} is token {other} in the vocabulary and {id} among the added tokens.");
        }

        // The content either is the vocabulary's spelling or, where that has no such spelling, the bytes themselves.
        var isThere = own == id || (vocabulary.Tokens.IsDefined(id) && vocabulary.Tokens.GetBytes(id).SequenceEqual(bytes));
        if (isThere)
        {
            vocabulary.PromoteToken(id, bytes, kind, RulesOf(token));
        }
        else
        {
            vocabulary.AddToken(id, bytes, kind, RulesOf(token));
        }
    }

    private static AddedTokenRules RulesOf(JsonElement token) =>
        (Flag(token, "lstrip") ? AddedTokenRules.StripsLeft : AddedTokenRules.None)
        | (Flag(token, "rstrip") ? AddedTokenRules.StripsRight : AddedTokenRules.None)
        | (Flag(token, "single_word") ? AddedTokenRules.SingleWord : AddedTokenRules.None)
        | (Flag(token, "normalized") ? AddedTokenRules.Normalized : AddedTokenRules.None);

    private static bool Flag(JsonElement token, string name) =>
        token.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}
