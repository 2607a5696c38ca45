using System.Text;
using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Filters on text; any other input is first printed.</summary>
internal static class TextFilters
{
    public static Value Capitalize(Invocation call) => call.Made(CharacterKinds.Capitalize(call.SubjectText));

    public static Value Lower(Invocation call) => call.Made(call.SubjectText.ToLowerInvariant());

    public static Value Upper(Invocation call) => call.Made(call.SubjectText.ToUpperInvariant());

    public static Value AsText(Invocation call) => new TextValue(call.SubjectText);

    public static Value Center(Invocation call) => Padding.Center(call.SubjectText, call.Integer(0, 80), " ", call.Context);

    public static Value Trim(Invocation call) =>
        call.Made(Splitting.Strip(call.SubjectText, call.Has(0) ? call.Text(0) : null, atStart: true, atEnd: true));

    public static Value Replace(Invocation call) => Replacing.Replace(
        call.SubjectText,
        ValueText.Of(call[0], call.Context),
        ValueText.Of(call[1], call.Context),
        call.Has(2) ? call.Integer(2) : -1,
        call.Context);

    public static Value Escape(Invocation call)
    {
        var output = new TextSink(call.Context);
        foreach (var unit in call.SubjectText)
        {
            output.Append(unit switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&#34;",
                '\'' => "&#39;",
                _ => unit.ToString(),
            });
        }

        return new TextValue(output.ToString());
    }

    public static Value Format(Invocation call)
    {
        var (positional, named) = call.More;
        if (positional.Length > 0 && named.Length > 0)
        {
            throw new ChatTemplateException("The filter 'format' takes values in order or by name, not both.");
        }

        var entries = DictValue.NewEntries();
        foreach (var (name, value) in named)
        {
            entries[new TextValue(name)] = value;
        }

        return new TextValue(PercentFormat.Apply(
            call.SubjectText, named.Length > 0 ? new DictValue(entries) : new TupleValue(positional), call.Context));
    }

    /// <summary>Every line but the first moves right; blank lines do not unless asked.</summary>
    public static Value Indent(Invocation call)
    {
        var indent = call.Bound[0] is TextValue given
            ? given.Text
            : Padding.Pad("", call.Integer(0, 4), " ", atStart: true, call.Context).Text;
        var lines = Splitting.Lines(call.SubjectText + "\n", keepEnds: false, call.Context).Items;
        var output = new TextSink(call.Context);
        for (var i = 0; i < lines.Length; i++)
        {
            var line = ((TextValue)lines[i]).Text;
            output.Append(i > 0 ? "\n" : "");
            var isIndented = i == 0 ? call.Flag(1) : line.Length > 0 || call.Flag(2);
            output.Append(isIndented ? indent : "");
            output.Append(line);
        }

        return new TextValue(output.ToString());
    }

    /// <summary>Words begin after blanks, hyphens and opening brackets; not where <c>str.title</c> begins them.</summary>
    public static Value Title(Invocation call)
    {
        var output = new StringBuilder();
        var begins = true;
        foreach (var rune in call.SubjectText.EnumerateRunes())
        {
            output.Append(begins ? Rune.ToUpperInvariant(rune) : Rune.ToLowerInvariant(rune));
            begins = rune.Value is '-' or '(' or '{' or '[' or '<' || CharacterKinds.IsSpace(rune);
        }

        return call.Made(output.ToString());
    }

    public static Value Truncate(Invocation call)
    {
        var text = call.SubjectText;
        var (length, end) = (call.Integer(0, 255), call.Text(2, "..."));
        var room = length - CodePoints.Count(end);
        if (room < 0 || call.Integer(3, 5) < 0)
        {
            throw new ChatTemplateException(
                $"The filter 'truncate' needs a length of at least {CodePoints.Count(end)} and no negative leeway.");
        }

        if (CodePoints.Count(text) <= length + call.Integer(3, 5))
        {
            return new TextValue(text);
        }

        var kept = text[..CodePoints.ToUtf16(text, (int)room)];
        var blank = call.Flag(1) ? -1 : kept.LastIndexOf(' ');
        return call.Made((blank < 0 ? kept : kept[..blank]) + end);
    }

    public static Value CountWords(Invocation call)
    {
        var (words, inside) = (0, false);
        foreach (var rune in call.SubjectText.EnumerateRunes())
        {
            var belongs = Rune.IsLetterOrDigit(rune) || rune.Value == '_' || Rune.IsNumber(rune);
            words += belongs && !inside ? 1 : 0;
            inside = belongs;
        }

        return new IntegerValue(words);
    }

    /// <summary>Drops comments and tags and joins what is left with single blanks.</summary>
    public static Value StripTags(Invocation call)
    {
        var text = Without(Without(call.SubjectText, "<!--", "-->"), "<", ">");
        var words = Splitting.Split(text, null, -1, call.Context).Items.Select(static word => ((TextValue)word).Text);
        return call.Made(System.Net.WebUtility.HtmlDecode(string.Join(' ', words)));
    }

    private static string Without(string text, string open, string close)
    {
        var output = new StringBuilder();
        var from = 0;
        while (text.IndexOf(open, from, StringComparison.Ordinal) is var begin and >= 0
            && text.IndexOf(close, begin, StringComparison.Ordinal) is var end and >= 0)
        {
            output.Append(text, from, begin - from);
            from = end + close.Length;
        }

        return output.Append(text, from, text.Length - from).ToString();
    }
}
