namespace Slipway.Engine.Tokenizers;

/// <summary>What a tokenizer is made of, for those who write it to files.</summary>
public sealed partial class Tokenizer
{
    internal PreTokenizer PreTokenizer => _preTokenizer;

    internal bool NormalizesToNfc => _normalizes;

    internal bool IgnoresMerges => _ignoresMerges;

    internal int? UnknownToken { get; }

    /// <summary>All merges, the first to be made in front.</summary>
    internal IEnumerable<(int Left, int Right, int Result)> Merges => _merges.InOrder();

    /// <summary>How an added token is matched.</summary>
    internal AddedTokenRules GetRules(int id) => _rules.GetValueOrDefault(id);

    /// <summary>
    /// A token as vocabularies write it: its bytes in the alphabet. One that merging never leads to has been kept as it
    /// was written, and added tokens are written as their text.
    /// </summary>
    internal string GetSpelling(int id, bool asMergePart = false)
    {
        var bytes = GetBytes(id);
        var isSpelled = asMergePart || (GetKind(id) == TokenKind.Normal && _tokens.Find(bytes, normal: true) == id);
        return isSpelled ? ByteLevelAlphabet.Encode(bytes) : System.Text.Encoding.UTF8.GetString(bytes);
    }
}
