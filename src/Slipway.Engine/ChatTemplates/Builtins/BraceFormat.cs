using System.Globalization;
using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Python's <c>'{} {name:&gt;8}'.format(…)</c>.</summary>
internal sealed class BraceFormat
{
    private readonly Arguments _arguments;
    private readonly Dictionary<string, Value> _named = [];
    private readonly RenderContext _context;
    private int _automatic;

    private BraceFormat(Arguments arguments, RenderContext context)
    {
        (_arguments, _context) = (arguments, context);
        foreach (var (name, value) in arguments.Named)
        {
            _named[name] = value;
        }
    }

    public static string Apply(string format, Arguments arguments, RenderContext context) =>
        new BraceFormat(arguments, context).Run(format, 0);

    /// <summary>Digits as a number; null without digits. Absurd widths become one that every limit refuses.</summary>
    public static Int128? WidthOf(ReadOnlySpan<char> digits) => digits.IsEmpty
        ? null
        : Int128.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var width) ? width : Int128.MaxValue / 2;

    private string Run(string format, int depth)
    {
        var output = new TextSink(_context);
        for (var i = 0; i < format.Length; i++)
        {
            var unit = format[i];
            if (unit is not ('{' or '}'))
            {
                output.Append(unit);
            }
            else if (i + 1 < format.Length && format[i + 1] == unit)
            {
                output.Append(unit);
                i++;
            }
            else if (unit == '{' && depth < 2)
            {
                var end = EndOf(format, i + 1);
                output.Append(Field(format[(i + 1)..end], depth));
                i = end;
            }
            else
            {
                throw new ChatTemplateException("A format has a brace without its partner; write it twice to mean itself.");
            }
        }

        return output.ToString();
    }

    private static int EndOf(string format, int from)
    {
        var depth = 1;
        for (var i = from; i < format.Length; i++)
        {
            depth += format[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
            {
                return i;
            }
        }

        throw new ChatTemplateException("A field of a format is not closed; '}' is missing.");
    }

    /// <summary><c>name.member[item]!r:spec</c>, all of it optional.</summary>
    private string Field(string field, int depth)
    {
        _context.Charge();
        var colon = field.IndexOf(':', StringComparison.Ordinal);
        var (head, layout) = colon < 0 ? (field, "") : (field[..colon], Run(field[(colon + 1)..], depth + 1));
        var mark = head.IndexOf('!', StringComparison.Ordinal);
        var value = Find(mark < 0 ? head : head[..mark]);
        value = mark < 0 ? value : head[(mark + 1)..] switch
        {
            "s" => new TextValue(ValueText.Of(value, _context)),
            "r" or "a" => new TextValue(ValueText.Repr(value, _context)),
            var other => throw new ChatTemplateException($"A format knows the conversions '!s' and '!r', not '!{other}'."),
        };
        return layout.Length == 0 ? ValueText.Of(value, _context) : Parse(layout).Apply(value, _context);
    }

    private Value Find(string path)
    {
        var end = path.IndexOfAny(['.', '[']);
        var name = end < 0 ? path : path[..end];
        var value = Argument(name);
        for (var at = end; at >= 0 && at < path.Length;)
        {
            var next = path.IndexOfAny(['.', '['], at + 1);
            next = next < 0 ? path.Length : next;
            var part = path[(at + 1)..next];
            value = path[at] == '.' ? Members.Attribute(value, part, _context) : Members.Item(value, KeyOf(part.TrimEnd(']')), _context);
            at = next;
        }

        return value is UndefinedValue undefined ? throw undefined.Fault() : value;
    }

    private static Value KeyOf(string part) =>
        WidthOf(part) is { } index && part.All(char.IsAsciiDigit) ? new IntegerValue(index) : new TextValue(part);

    private Value Argument(string name)
    {
        if (name.Length > 0 && !char.IsAsciiDigit(name[0]))
        {
            return _named.GetValueOrDefault(name) ?? throw new ChatTemplateException($"format() has no argument '{name}'.");
        }

        var index = name.Length == 0 ? _automatic++ : WidthOf(name) ?? 0;
        return index < _arguments.Positional.Length
            ? _arguments.Positional[(int)index]
            : throw new ChatTemplateException($"format() has no argument {index}; it got {_arguments.Positional.Length}.");
    }

    /// <summary><c>[[fill]align][sign][#][0][width][,][.precision][type]</c></summary>
    private static FormatSpec Parse(string layout)
    {
        var spec = new FormatSpec();
        var at = 0;
        var fill = CodePoints.WidthAt(layout, 0);
        if (layout.Length > fill && layout[fill] is '<' or '>' or '=' or '^')
        {
            (spec, at) = (spec with { Fill = layout[..fill], Align = layout[fill] }, fill + 1);
        }
        else if (layout[0] is '<' or '>' or '=' or '^')
        {
            (spec, at) = (spec with { Align = layout[0] }, 1);
        }

        char? Take(string set) => at < layout.Length && set.Contains(layout[at], StringComparison.Ordinal) ? layout[at++] : null;

        spec = spec with { Sign = Take("+- ") ?? '-', Alternate = Take("#") is not null };
        spec = Take("0") is null ? spec : spec with { Fill = spec.Align is null ? "0" : spec.Fill, Align = spec.Align ?? '=' };
        spec = spec with { Width = WidthOf(Digits()) ?? 0, Grouping = Take(",_") };
        spec = Take(".") is null ? spec : spec with { Precision = WidthOf(Digits()) ?? throw Malformed(layout) };
        spec = spec with { Type = Take("sdifFeEgGxXobn%") };
        return at == layout.Length ? spec : throw Malformed(layout);

        string Digits()
        {
            var from = at;
            while (at < layout.Length && char.IsAsciiDigit(layout[at]))
            {
                at++;
            }

            return layout[from..at];
        }
    }

    private static ChatTemplateException Malformed(string layout) =>
        new($"'{(layout.Length <= 40 ? layout : layout[..40])}' is no layout for a format.");
}
