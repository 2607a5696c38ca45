using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Python's <c>'…%s…' % values</c>.</summary>
internal sealed class PercentFormat
{
    private readonly string _format;
    private readonly Value _values;
    private readonly RenderContext _context;
    private int _position;
    private int _used;

    private PercentFormat(string format, Value values, RenderContext context) => (_format, _values, _context) = (format, values, context);

    public static string Apply(string format, Value values, RenderContext context) => new PercentFormat(format, values, context).Run();

    private string Run()
    {
        var output = new TextSink(_context);
        while (_position < _format.Length)
        {
            var next = _format.IndexOf('%', _position);
            next = next < 0 ? _format.Length : next;
            output.Append(_format.AsSpan(_position, next - _position));
            _position = next + 1;
            if (next < _format.Length)
            {
                _context.Charge();
                output.Append(Peek() == '%' ? Percent() : ReadField());
            }
        }

        if (_values is TupleValue tuple ? _used < tuple.Items.Length : _used == 0 && _values is not (DictValue or ListValue))
        {
            throw new ChatTemplateException("'%' got more values than its text has places for.");
        }

        return output.ToString();
    }

    private char Peek() => _position < _format.Length ? _format[_position] : '\0';

    private string Percent()
    {
        _position++;
        return "%";
    }

    private string ReadField()
    {
        var named = Peek() == '(' ? ReadName() : null;
        var flags = _position;
        while (Peek() is '-' or '+' or ' ' or '#' or '0')
        {
            _position++;
        }

        var spec = Flagged(_format[flags.._position]) with { Width = ReadNumber() ?? 0 };
        if (Peek() == '.')
        {
            _position++;
            spec = spec with { Precision = ReadNumber() ?? 0 };
        }

        var type = Peek();
        _position++;
        return Lay(spec, type, named ?? NextValue());
    }

    private static FormatSpec Flagged(string flags)
    {
        var isLeft = flags.Contains('-', StringComparison.Ordinal);
        var isZero = !isLeft && flags.Contains('0', StringComparison.Ordinal);
        return new()
        {
            Align = isLeft ? '<' : isZero ? '=' : '>',
            Fill = isZero ? "0" : " ",
            Sign = flags.Contains('+', StringComparison.Ordinal) ? '+' : flags.Contains(' ', StringComparison.Ordinal) ? ' ' : '-',
            Alternate = flags.Contains('#', StringComparison.Ordinal),
        };
    }

    private string Lay(FormatSpec spec, char type, Value value) => type switch
    {
        's' => AsText(spec).Apply(new TextValue(ValueText.Of(value, _context)), _context),
        'r' or 'a' => AsText(spec).Apply(new TextValue(ValueText.Repr(value, _context)), _context),
        'c' when value is TextValue { Length: 1 } => AsText(spec).Apply(value, _context),
        'd' or 'i' or 'u' => (spec with { Type = 'd', Precision = null }).Apply(Truncated(value), _context),
        'x' or 'X' or 'o' => (spec with { Type = type, Precision = null }).Apply(Number(value, type), _context),
        'e' or 'E' or 'f' or 'F' or 'g' or 'G' => (spec with { Type = type }).Apply(Number(value, type), _context),
        '\0' => throw new ChatTemplateException("A format of '%' ends before its letter."),
        _ => throw FormatSpec.Unknown(type, value),
    };

    private static FormatSpec AsText(FormatSpec spec) => spec with { Type = 's', Fill = " ", Align = spec.Align == '<' ? '<' : '>' };

    private static Value Number(Value value, char type) => Numbers.IsNumber(value) ? value : throw FormatSpec.Unknown(type, value);

    private static Value Truncated(Value value) => value is FloatValue number ? Conversions.Truncate(number.Value) : Number(value, 'd');

    private Value ReadName()
    {
        var end = _format.IndexOf(')', _position);
        if (end < 0 || _values is not DictValue dict)
        {
            throw new ChatTemplateException("'%(name)s' needs a closing parenthesis and a dict of values.");
        }

        var name = _format[(_position + 1)..end];
        _position = end + 1;
        return dict.Entries.GetValueOrDefault(new TextValue(name)) ?? throw new ChatTemplateException($"'%' has no value for '{name}'.");
    }

    private Int128? ReadNumber()
    {
        if (Peek() == '*')
        {
            _position++;
            return Numbers.AsInteger(NextValue()) ?? throw new ChatTemplateException("'*' in a format of '%' needs an integer.");
        }

        var from = _position;
        while (char.IsAsciiDigit(Peek()))
        {
            _position++;
        }

        return BraceFormat.WidthOf(_format.AsSpan(from, _position - from));
    }

    private Value NextValue()
    {
        var index = _used++;
        return (_values, index) switch
        {
            (TupleValue tuple, _) when index < tuple.Items.Length => tuple.Items[index],
            (not TupleValue, 0) => _values,
            _ => throw new ChatTemplateException("'%' got fewer values than its text has places for."),
        };
    }
}
