using System.Globalization;
using System.Text;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Python's questions about the characters of a string, and its changes of case.</summary>
internal static class CharacterKinds
{
    private const string RaisedAndLoweredDigits = "²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉";

    public static bool IsLower(string text) => HasCase(text, Rune.IsLower, static rune => Rune.IsUpper(rune) || IsTitle(rune));

    public static bool IsUpper(string text) => HasCase(text, Rune.IsUpper, static rune => Rune.IsLower(rune) || IsTitle(rune));

    public static bool IsAll(string text, Func<Rune, bool> matches) => text.Length > 0 && text.EnumerateRunes().All(matches);

    public static bool IsAlpha(Rune rune) => Rune.IsLetter(rune);

    public static bool IsDigit(Rune rune) =>
        Rune.IsDigit(rune) || RaisedAndLoweredDigits.Contains(rune.ToString(), StringComparison.Ordinal);

    public static bool IsAlphaOrDigit(Rune rune) => IsAlpha(rune) || IsDigit(rune);

    // Python counts four separators of ASCII too.
    public static bool IsSpace(Rune rune) => Rune.IsWhiteSpace(rune) || rune.Value is >= 0x1C and <= 0x1F;

    public static bool IsSpace(char unit) => char.IsWhiteSpace(unit) || unit is >= '\u001C' and <= '\u001F';

    /// <summary>The first letter large, the rest small.</summary>
    public static string Capitalize(string text)
    {
        var first = text.Length == 0 ? 0 : Values.CodePoints.WidthAt(text, 0);
        return text[..first].ToUpperInvariant() + text[first..].ToLowerInvariant();
    }

    /// <summary>Python's <c>str.title</c>: large after anything that is not a letter, small after a letter.</summary>
    public static string Title(string text)
    {
        var output = new StringBuilder(text.Length);
        var isInside = false;
        foreach (var rune in text.EnumerateRunes())
        {
            output.Append(isInside ? Rune.ToLowerInvariant(rune) : Rune.ToUpperInvariant(rune));
            isInside = Rune.IsUpper(rune) || Rune.IsLower(rune) || IsTitle(rune);
        }

        return output.ToString();
    }

    private static bool IsTitle(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter;

    private static bool HasCase(string text, Func<Rune, bool> wanted, Func<Rune, bool> unwanted)
    {
        var found = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (unwanted(rune))
            {
                return false;
            }

            found |= wanted(rune);
        }

        return found;
    }
}
