using System.Text;
using Spectre.Console;

namespace Slipway.Terminal;

/// <summary>Text as a terminal shows it: Chinese takes two cells a character, and nothing in it steers the terminal.</summary>
internal static class CellText
{
    private const char More = '…';

    public static int WidthOf(string text) => text.GetCellWidth();

    /// <summary>One line without control characters: what comes from elsewhere may hold any.</summary>
    public static string OneLine(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter)) : text;

    /// <summary>The text, or its beginning with an ellipsis, in at most <paramref name="cells"/> cells.</summary>
    public static string Fit(string text, int cells)
    {
        if (text.Length <= cells && WidthOf(text) <= cells)
        {
            return text;
        }
        var fitting = new StringBuilder();
        var left = cells - 1;
        foreach (var rune in text.EnumerateRunes())
        {
            var piece = rune.ToString();
            left -= WidthOf(piece);
            if (left < 0)
            {
                break;
            }
            fitting.Append(piece);
        }
        return cells > 0 ? fitting.Append(More).ToString() : "";
    }

    public static string PadRight(string text, int cells) => text + new string(' ', Math.Max(0, cells - WidthOf(text)));

    public static string PadLeft(string text, int cells) => new string(' ', Math.Max(0, cells - WidthOf(text))) + text;
}
