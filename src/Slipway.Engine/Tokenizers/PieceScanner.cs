using System.Globalization;
using System.Text;

namespace Slipway.Engine.Tokenizers;

/// <summary>
/// Cuts text into pieces exactly as the regular expressions of the models do, in one pass without backtracking.
/// Each branch below names the alternative it stands for. Classes go by character, not by UTF-16 unit; white space is
/// Unicode's White_Space; a lone surrogate counts as U+FFFD, which is what it will be encoded as.
/// </summary>
internal static class PieceScanner
{
    private enum Class
    {
        Letter,
        Number,
        Space,
        Other,
    }

    /// <summary>The end of the piece that begins at <paramref name="start"/>, which is inside the text.</summary>
    public static int EndOfPiece(PreTokenizer preTokenizer, ReadOnlySpan<char> text, int start) => preTokenizer switch
    {
        PreTokenizer.Gpt2 => EndOfGpt2Piece(text, start),
        PreTokenizer.Qwen2 => EndOfModernPiece(text, start, digits: 1),
        _ => EndOfModernPiece(text, start, digits: 3),
    };

    // (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
    private static int EndOfModernPiece(ReadOnlySpan<char> text, int start, int digits)
    {
        if (ContractionLength(text[start..], ignoreCase: true) is > 0 and var contraction)
        {
            return start + contraction;
        }

        var first = ClassAt(text, start, out var length);
        var next = start + length;
        switch (first)
        {
            case Class.Letter: // [^\r\n\p{L}\p{N}]?\p{L}+ without the optional character
                return Skip(text, next, Class.Letter);
            case Class.Number: // \p{N}{1,digits}
                return SkipNumbers(text, next, digits - 1);
        }

        var second = next < text.Length ? ClassAt(text, next, out _) : Class.Space;
        if (second == Class.Letter && text[start] is not ('\r' or '\n')) // [^\r\n\p{L}\p{N}]\p{L}+
        {
            return Skip(text, next, Class.Letter);
        }

        if (first == Class.Other || (text[start] == ' ' && second == Class.Other)) // ?[^\s\p{L}\p{N}]+[\r\n]*
        {
            return SkipLineEnds(text, Skip(text, next, Class.Other));
        }

        var end = Skip(text, next, Class.Space);
        var lastLineEnd = text[start..end].LastIndexOfAny('\r', '\n');
        return lastLineEnd >= 0 ? start + lastLineEnd + 1 : EndOfSpace(text, start, end); // \s*[\r\n]+
    }

    // 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
    private static int EndOfGpt2Piece(ReadOnlySpan<char> text, int start)
    {
        if (ContractionLength(text[start..], ignoreCase: false) is > 0 and var contraction)
        {
            return start + contraction;
        }

        var body = text[start] == ' ' && start + 1 < text.Length ? start + 1 : start;
        var bodyClass = ClassAt(text, body, out var length);
        return bodyClass == Class.Space
            ? EndOfSpace(text, start, Skip(text, start, Class.Space))
            : Skip(text, body + length, bodyClass);
    }

    /// <summary><c>\s+(?!\S)|\s+</c>: all of the space at the end of the text, else all but its last character.</summary>
    private static int EndOfSpace(ReadOnlySpan<char> text, int start, int end) =>
        end == text.Length || end - start == 1 ? end : end - 1;

    private static int ContractionLength(ReadOnlySpan<char> text, bool ignoreCase)
    {
        if (text.Length < 2 || text[0] != '\'')
        {
            return 0;
        }

        var first = Fold(text[1], ignoreCase);
        if (first is 's' or 't' or 'm' or 'd')
        {
            return 2;
        }

        var second = text.Length > 2 ? Fold(text[2], ignoreCase) : '\0';
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    /// <summary>Case folding as far as the contractions need it: U+017F, the long s, folds to s in the models' regex engine.</summary>
    private static char Fold(char value, bool ignoreCase) =>
        !ignoreCase ? value : value == '\u017F' ? 's' : char.IsAsciiLetterUpper(value) ? (char)(value | 0x20) : value;

    private static int Skip(ReadOnlySpan<char> text, int index, Class wanted)
    {
        while (index < text.Length && ClassAt(text, index, out var length) == wanted)
        {
            index += length;
        }

        return index;
    }

    private static int SkipNumbers(ReadOnlySpan<char> text, int index, int most)
    {
        for (; most > 0 && index < text.Length && ClassAt(text, index, out var length) == Class.Number; most--)
        {
            index += length;
        }

        return index;
    }

    private static int SkipLineEnds(ReadOnlySpan<char> text, int index)
    {
        while (index < text.Length && text[index] is '\r' or '\n')
        {
            index++;
        }

        return index;
    }

    private static Class ClassAt(ReadOnlySpan<char> text, int index, out int length)
    {
        var value = text[index];
        length = 1;
        if (char.IsAscii(value))
        {
            return char.IsAsciiLetter(value) ? Class.Letter
                : char.IsAsciiDigit(value) ? Class.Number
                : char.IsWhiteSpace(value) ? Class.Space
                : Class.Other;
        }

        if (!char.IsSurrogate(value))
        {
            return char.IsWhiteSpace(value) ? Class.Space : ClassOf(CharUnicodeInfo.GetUnicodeCategory(value));
        }

        _ = Rune.DecodeFromUtf16(text[index..], out var rune, out length); // U+FFFD for a lone surrogate
        return ClassOf(Rune.GetUnicodeCategory(rune));
    }

    private static Class ClassOf(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => Class.Letter, // Lu, Ll, Lt, Lm, Lo are the first five
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Class.Number,
        _ => Class.Other,
    };
}
