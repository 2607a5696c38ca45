using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Putting text together from parts; sizes are paid for before anything is made.</summary>
internal static class Replacing
{
    /// <param name="text">Where to replace.</param>
    /// <param name="old">Empty means between all characters.</param>
    /// <param name="with">What to put there.</param>
    /// <param name="count">At most so many; negative means all.</param>
    /// <param name="context">Pays.</param>
    public static TextValue Replace(string text, string old, string with, Int128 count, RenderContext context)
    {
        var most = count < 0 ? int.MaxValue : Numbers.Clamp(count);
        var found = old.Length == 0 ? Math.Min(CodePoints.Count(text) + 1, most) : Searching.Occurrences(text, old, most, context);
        if (found == 0)
        {
            return new(text);
        }

        context.ChargeText(text.Length + ((Int128)found * ((Int128)with.Length - old.Length)));
        return new(old.Length == 0 ? Interleave(text, with, found, context) : ReplaceFirst(text, old, with, found, context));
    }

    public static TextValue Join(string separator, Invocation call)
    {
        var output = new TextSink(call.Context);
        var isFirst = true;
        foreach (var item in call.ItemsOf(call[0]))
        {
            output.Append(isFirst ? "" : separator);
            output.Append(item is TextValue text ? text.Text : throw call.Wrong(item, "text in every place"));
            isFirst = false;
        }

        return new(output.ToString());
    }

    private static string ReplaceFirst(string text, string old, string with, int count, RenderContext context)
    {
        var output = new TextSink(context);
        var from = 0;
        for (; count > 0; count--)
        {
            var at = text.IndexOf(old, from, StringComparison.Ordinal);
            output.Append(text.AsSpan(from, at - from));
            output.Append(with);
            from = at + old.Length;
        }

        output.Append(text.AsSpan(from));
        return output.ToString();
    }

    private static string Interleave(string text, string with, int count, RenderContext context)
    {
        var output = new TextSink(context);
        foreach (var character in CodePoints.Each(text))
        {
            output.Append(count-- > 0 ? with : "");
            output.Append(character);
        }

        output.Append(count > 0 ? with : "");
        return output.ToString();
    }
}
