using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Taking text apart as Python does.</summary>
internal static class Splitting
{
    /// <param name="text">What to strip.</param>
    /// <param name="characters">A set of characters, not a word; null means whitespace.</param>
    /// <param name="atStart">Strip there.</param>
    /// <param name="atEnd">Strip there.</param>
    public static string Strip(string text, string? characters, bool atStart, bool atEnd)
    {
        var set = characters is null ? null : CodePoints.Each(characters).ToHashSet();
        var (from, to) = (0, text.Length);
        while (atStart && from < to && Belongs(text.AsSpan(from, CodePoints.WidthAt(text, from)), set))
        {
            from += CodePoints.WidthAt(text, from);
        }

        while (atEnd && to > from)
        {
            var width = to - from >= 2 && char.IsSurrogatePair(text[to - 2], text[to - 1]) ? 2 : 1;
            if (!Belongs(text.AsSpan(to - width, width), set))
            {
                break;
            }

            to -= width;
        }

        return text[from..to];
    }

    /// <param name="text">What to split.</param>
    /// <param name="separator">Null splits at runs of whitespace and drops empty parts.</param>
    /// <param name="limit">At most so many splits; negative means all.</param>
    /// <param name="context">Pays.</param>
    public static ListValue Split(string text, string? separator, Int128 limit, RenderContext context)
    {
        var most = limit < 0 ? int.MaxValue : Numbers.Clamp(limit);
        List<Value> parts = [];
        if (separator is null)
        {
            SplitWords(text, most, parts, context);
            return new([.. parts]);
        }

        context.ChargeSearch(text, separator);
        var from = 0;
        for (var at = text.IndexOf(separator, StringComparison.Ordinal); at >= 0 && parts.Count < most;
             at = text.IndexOf(separator, from, StringComparison.Ordinal))
        {
            Add(text[from..at], parts, context);
            from = at + separator.Length;
        }

        Add(text[from..], parts, context);
        return new([.. parts]);
    }

    public static ListValue SplitFromEnd(string text, string? separator, Int128 limit, RenderContext context)
    {
        if (limit < 0)
        {
            return Split(text, separator, limit, context);
        }

        var most = Numbers.Clamp(limit);
        List<Value> parts = [];
        var to = text.Length;
        if (separator is null)
        {
            SplitWordsFromEnd(text, most, parts, context);
        }
        else
        {
            context.ChargeSearch(text, separator);
            for (var at = LastIndexOf(text, separator, to); at >= 0 && parts.Count < most; at = LastIndexOf(text, separator, to))
            {
                Add(text[(at + separator.Length)..to], parts, context);
                to = at;
            }

            Add(text[..to], parts, context);
        }

        parts.Reverse();
        return new([.. parts]);
    }

    public static ListValue Lines(string text, bool keepEnds, RenderContext context)
    {
        List<Value> lines = [];
        for (var from = 0; from < text.Length;)
        {
            var end = from;
            while (end < text.Length && !EndsLine(text[end]))
            {
                end++;
            }

            var next = end + (end + 1 < text.Length && text[end] == '\r' && text[end + 1] == '\n' ? 2 : end < text.Length ? 1 : 0);
            Add(text[from..(keepEnds ? next : end)], lines, context);
            from = next;
        }

        return new([.. lines]);
    }

    private static bool EndsLine(char unit) =>
        unit is '\n' or '\r' or '\v' or '\f' or >= '\u001C' and <= '\u001E' or '\u0085' or '\u2028' or '\u2029';

    private static bool Belongs(ReadOnlySpan<char> character, HashSet<string>? set) =>
        set is null ? character.Length == 1 && CharacterKinds.IsSpace(character[0]) : set.Contains(character.ToString());

    private static int LastIndexOf(string text, string separator, int end) =>
        text.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal);

    private static void Add(string part, List<Value> parts, RenderContext context)
    {
        context.Charge();
        context.ChargeText(part.Length);
        parts.Add(new TextValue(part));
    }

    private static void SplitWords(string text, int most, List<Value> parts, RenderContext context)
    {
        for (var at = Skip(text, 0, spaces: true); at < text.Length;)
        {
            if (parts.Count == most)
            {
                Add(text[at..], parts, context);
                return;
            }

            var end = Skip(text, at, spaces: false);
            Add(text[at..end], parts, context);
            at = Skip(text, end, spaces: true);
        }
    }

    private static void SplitWordsFromEnd(string text, int most, List<Value> parts, RenderContext context)
    {
        for (var end = SkipBack(text, text.Length, spaces: true); end > 0;)
        {
            if (parts.Count == most)
            {
                Add(text[..end], parts, context);
                return;
            }

            var begin = SkipBack(text, end, spaces: false);
            Add(text[begin..end], parts, context);
            end = SkipBack(text, begin, spaces: true);
        }
    }

    private static int Skip(string text, int at, bool spaces)
    {
        while (at < text.Length && CharacterKinds.IsSpace(text[at]) == spaces)
        {
            at++;
        }

        return at;
    }

    private static int SkipBack(string text, int at, bool spaces)
    {
        while (at > 0 && CharacterKinds.IsSpace(text[at - 1]) == spaces)
        {
            at--;
        }

        return at;
    }
}
