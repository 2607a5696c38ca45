namespace Slipway.Engine.ChatTemplates.Values;

/// <summary>Strings by code points. A lone half of a surrogate pair counts as one, as in Python.</summary>
internal static class CodePoints
{
    public static int Count(string text)
    {
        var count = text.Length;
        for (var i = NextPair(text, 0); i >= 0; i = NextPair(text, i + 2))
        {
            count--;
        }

        return count;
    }

    public static IEnumerable<string> Each(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            var width = WidthAt(text, i);
            yield return text.Substring(i, width);
            i += width;
        }
    }

    /// <summary>The UTF-16 index of a code point; indices past the end give the end.</summary>
    public static int ToUtf16(string text, int index)
    {
        if (NextPair(text, 0) < 0)
        {
            return Math.Min(index, text.Length);
        }

        var at = 0;
        for (; index > 0 && at < text.Length; index--)
        {
            at += WidthAt(text, at);
        }

        return at;
    }

    /// <summary>The code point index of a UTF-16 index.</summary>
    public static int FromUtf16(string text, int index) => Count(text[..index]);

    public static int WidthAt(string text, int index) =>
        index + 1 < text.Length && char.IsSurrogatePair(text[index], text[index + 1]) ? 2 : 1;

    private static int NextPair(string text, int from)
    {
        while (from < text.Length)
        {
            var found = text.AsSpan(from).IndexOfAnyInRange('\uD800', '\uDBFF');
            if (found < 0)
            {
                return -1;
            }

            from += found;
            if (WidthAt(text, from) == 2)
            {
                return from;
            }

            from++;
        }

        return -1;
    }
}
