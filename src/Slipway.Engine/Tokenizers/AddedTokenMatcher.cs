using System.Buffers;
using System.Globalization;
using System.Text;

namespace Slipway.Engine.Tokenizers;

/// <summary>
/// Finds added tokens in text: the leftmost, and of those that begin at one place the longest. The tokens are kept
/// sorted, so that following the text narrows a range of them; no tree is needed.
/// </summary>
internal sealed class AddedTokenMatcher
{
    private readonly AddedToken[] _tokens;
    private readonly SearchValues<char> _firstCharacters;

    /// <param name="tokens">Non-empty texts; of two that are the same the first counts.</param>
    public AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        _tokens = [.. tokens.DistinctBy(token => token.Text).OrderBy(token => token.Text, StringComparer.Ordinal)];
        _firstCharacters = SearchValues.Create([.. _tokens.Select(token => token.Text[0]).Distinct()]);
    }

    /// <summary>The first match at or after a place; <paramref name="found"/> covers the white space its token swallows.</summary>
    /// <param name="text">The whole text: what stands before the place still decides about single words.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="parseSpecial">Whether control and unknown tokens count.</param>
    /// <param name="found">Where it is, and which token.</param>
    public bool TryFind(ReadOnlySpan<char> text, int from, bool parseSpecial, out Match found)
    {
        for (var at = from; _tokens.Length > 0 && at < text.Length; at++)
        {
            var skipped = text[at..].IndexOfAny(_firstCharacters);
            if (skipped < 0)
            {
                break;
            }

            at += skipped;
            if (LongestAt(text, at, parseSpecial) is AddedToken token)
            {
                found = Widen(text, from, at, token);
                return true;
            }
        }

        found = default;
        return false;
    }

    private AddedToken? LongestAt(ReadOnlySpan<char> text, int at, bool parseSpecial)
    {
        AddedToken? longest = null;
        var (low, high) = (0, _tokens.Length);
        for (var depth = 0; at + depth < text.Length; depth++)
        {
            var next = text[at + depth];
            low = FirstNotBelow(low, high, depth, next);
            high = FirstNotBelow(low, high, depth, next + 1);
            if (low == high)
            {
                break;
            }

            // The shortest of a range with a common beginning is its first.
            var candidate = _tokens[low];
            if (candidate.Text.Length == depth + 1)
            {
                if ((parseSpecial || !candidate.IsSpecial) && StandsAlone(text, at, candidate))
                {
                    longest = candidate;
                }

                low++;
            }
        }

        return longest;
    }

    /// <summary>All tokens of the range share their first <paramref name="depth"/> characters and are longer.</summary>
    private int FirstNotBelow(int low, int high, int depth, int character)
    {
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_tokens[middle].Text[depth] < character)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private static bool StandsAlone(ReadOnlySpan<char> text, int at, AddedToken token)
    {
        if (!token.Rules.HasFlag(AddedTokenRules.SingleWord))
        {
            return true;
        }

        _ = Rune.DecodeLastFromUtf16(text[..at], out var before, out _);
        _ = Rune.DecodeFromUtf16(text[(at + token.Text.Length)..], out var after, out _);
        return !IsWordCharacter(before) && !IsWordCharacter(after); // At either end of the text both are U+FFFD, no word.
    }

    private static bool IsWordCharacter(Rune rune) => rune.Value is 0x200C or 0x200D
        || Rune.GetUnicodeCategory(rune) is <= UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;

    private static Match Widen(ReadOnlySpan<char> text, int from, int at, AddedToken token)
    {
        var end = at + token.Text.Length;
        if (token.Rules.HasFlag(AddedTokenRules.StripsLeft))
        {
            at = from + text[from..at].TrimEnd().Length;
        }

        if (token.Rules.HasFlag(AddedTokenRules.StripsRight))
        {
            end = text.Length - text[end..].TrimStart().Length;
        }

        return new Match(at, end, token.Id);
    }

    /// <summary>A place in the text, in UTF-16 units, and the token that stands there.</summary>
    internal readonly record struct Match(int Start, int End, int Id);
}

/// <summary>A token that is matched in text before anything is merged.</summary>
/// <param name="Id">The token.</param>
/// <param name="Text">Its text, not empty.</param>
/// <param name="IsSpecial">Whether it counts only where special tokens are parsed.</param>
/// <param name="Rules">How it is matched.</param>
internal sealed record AddedToken(int Id, string Text, bool IsSpecial, AddedTokenRules Rules);
