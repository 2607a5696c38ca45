using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Finding text in text; places are code points.</summary>
internal static class Searching
{
    /// <summary>The part between the optional second and third argument; null when it begins behind the end.</summary>
    public static (string Text, int Offset, bool Exists) Window(Invocation call, string text)
    {
        if (!call.Has(1) && !call.Has(2))
        {
            return (text, 0, true);
        }

        var length = CodePoints.Count(text);
        var start = Place(call.Has(1) ? call.Integer(1) : 0, length);
        var end = Place(call.Has(2) ? call.Integer(2) : length, length);
        if (start > end)
        {
            return ("", start, false);
        }

        var (from, to) = (CodePoints.ToUtf16(text, start), CodePoints.ToUtf16(text, end));
        return (text[from..to], start, start <= length);
    }

    public static int Find(Invocation call, string text, bool fromEnd)
    {
        var (window, offset, exists) = Window(call, text);
        var needle = call.Text(0);
        call.Context.ChargeSearch(window, needle);
        var at = !exists ? -1 : fromEnd
            ? window.LastIndexOf(needle, StringComparison.Ordinal)
            : window.IndexOf(needle, StringComparison.Ordinal);
        return at < 0 ? -1 : offset + CodePoints.FromUtf16(window, at);
    }

    public static int Count(Invocation call, string text)
    {
        var (window, _, exists) = Window(call, text);
        var needle = call.Text(0);
        if (needle.Length == 0)
        {
            return exists ? CodePoints.Count(window) + 1 : 0;
        }

        return Occurrences(window, needle, int.MaxValue, call.Context);
    }

    public static int Occurrences(string text, string needle, int most, RenderContext context)
    {
        context.ChargeSearch(text, needle);
        var count = 0;
        for (var at = text.IndexOf(needle, StringComparison.Ordinal); at >= 0 && count < most;
             at = text.IndexOf(needle, at + needle.Length, StringComparison.Ordinal))
        {
            count++;
        }

        return count;
    }

    private static int Place(Int128 index, int length) =>
        (int)Int128.Clamp(index < 0 ? Int128.Max(index + length, 0) : index, 0, index > length ? length + 1 : length);
}
