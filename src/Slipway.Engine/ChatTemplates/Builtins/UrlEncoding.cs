using System.Globalization;
using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>The <c>urlencode</c> filter: text as part of a path, a dict or pairs as a query.</summary>
internal static class UrlEncoding
{
    public static Value Encode(Invocation call)
    {
        var output = new TextSink(call.Context);
        if (call.Subject is TextValue or UndefinedValue || call.Subject.Elements is null)
        {
            Write(call.SubjectText, output, isQuery: false);
            return new TextValue(output.ToString());
        }

        var pairs = call.Subject is DictValue dict
            ? dict.Entries.Select(static entry => (entry.Key, entry.Value))
            : call.ItemsOf(call.Subject).Select(item => item is SequenceValue { Items: [var key, var value] }
                ? (key, value) : throw call.Wrong(item, "pairs of name and value"));
        var separator = "";
        foreach (var (key, value) in pairs)
        {
            call.Context.Charge();
            output.Append(separator);
            Write(ValueText.Of(key, call.Context), output, isQuery: true);
            output.Append('=');
            Write(ValueText.Of(value, call.Context), output, isQuery: true);
            separator = "&";
        }

        return new TextValue(output.ToString());
    }

    private static void Write(string text, TextSink output, bool isQuery)
    {
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || "_.-~".Contains((char)rune.Value, StringComparison.Ordinal)
                || (rune.Value == '/' && !isQuery)))
            {
                output.Append((char)rune.Value);
                continue;
            }

            if (rune.Value == ' ' && isQuery)
            {
                output.Append('+');
                continue;
            }

            foreach (var unit in utf8[..rune.EncodeToUtf8(utf8)])
            {
                output.Append('%');
                output.Append(unit.ToString("X2", CultureInfo.InvariantCulture));
            }
        }
    }
}
