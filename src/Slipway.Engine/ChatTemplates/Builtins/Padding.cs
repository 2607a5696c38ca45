using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Text brought to a width, in code points.</summary>
internal static class Padding
{
    public static TextValue Pad(string text, Int128 width, string fill, bool atStart, RenderContext context)
    {
        var missing = width - CodePoints.Count(text);
        return atStart ? Surround(text, missing, 0, fill, context) : Surround(text, 0, missing, fill, context);
    }

    /// <summary>An odd blank goes to the left when the width is odd, as Python has it.</summary>
    public static TextValue Center(string text, Int128 width, string fill, RenderContext context)
    {
        var missing = width - CodePoints.Count(text);
        if (missing <= 0)
        {
            return new(text);
        }

        var left = (missing / 2) + (missing & width & 1);
        return Surround(text, left, missing - left, fill, context);
    }

    public static TextValue ZeroFill(string text, Int128 width, RenderContext context)
    {
        var sign = text is ['+' or '-', ..] ? 1 : 0;
        var zeros = Surround("", width - CodePoints.Count(text), 0, "0", context);
        return new(text[..sign] + zeros.Text + text[sign..]);
    }

    private static TextValue Surround(string text, Int128 left, Int128 right, string fill, RenderContext context)
    {
        (left, right) = (Int128.Max(left, 0), Int128.Max(right, 0));
        var more = Int128.Min(left, int.MaxValue) + Int128.Min(right, int.MaxValue);
        context.ChargeText(text.Length + (more * fill.Length));
        return new(string.Concat(Repeat(fill, (int)left), text, Repeat(fill, (int)right)));
    }

    private static string Repeat(string fill, int count) =>
        fill.Length == 1 ? new string(fill[0], count) : string.Concat(Enumerable.Repeat(fill, count));
}
