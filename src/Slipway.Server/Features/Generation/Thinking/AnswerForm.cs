using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Server.Features.Generation.Thinking;

/// <summary>
/// The form in which answers are compared. An answer that ends with a number, alone or behind <c>=</c>, <c>:</c>, "is", "equals",
/// 是, 为, 得 or 等于, stands for the number; every other for its letters and digits, without case, width, spaces and punctuation.
/// </summary>
internal static partial class AnswerForm
{
    // What a conclusion takes, with room to spare; the rest of a long answer need not be searched.
    private const int LongestConclusion = 64;

    // Letters, digits and signs as Chinese text writes them, in the order of ASCII from '!' on.
    private const char FirstWide = '\uff01';
    private const char LastWide = '\uff5e';

    public static string Of(string answer)
    {
        var text = string.Create(answer.Length, answer, static (narrow, wide) =>
        {
            for (var i = 0; i < narrow.Length; i++)
            {
                narrow[i] = char.ToLowerInvariant(wide[i] is >= FirstWide and <= LastWide ? (char)(wide[i] - FirstWide + '!') : wide[i]);
            }
        });
        var end = text[Math.Max(0, text.Length - LongestConclusion)..];
        var number = FinalNumber().Match(end);
        return number.Success && (number.Index > 0 || end.Length == text.Length) && Read(number.Groups[1].Value) is { } value
            ? "=" + value.ToString("G29", CultureInfo.InvariantCulture)
            : Letters(text);
    }

    private static decimal? Read(string number) =>
        decimal.TryParse(
            number.Replace(",", "", StringComparison.Ordinal).Replace('−', '-'), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;

    // A text of nothing but signs is compared by its signs: "+" and "−" are two answers.
    private static string Letters(string text)
    {
        var letters = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes().Where(rune => Rune.IsLetterOrDigit(rune) || IsMark(rune)))
        {
            letters.Append(rune.ToString());
        }

        return letters.Length > 0 ? letters.ToString() : text.Trim();
    }

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol;

    [GeneratedRegex(@"(?:^|[=≈:是为得]|等于|\bis|\bequals)[\s$*]*([-−]?[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?)[\s.!*$。]*$")]
    private static partial Regex FinalNumber();
}
