using System.Globalization;
using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>The <c>tojson</c> filter, writing what Python's <c>json.dumps</c> writes: ", " and ": ", and characters as they are.</summary>
internal sealed class JsonOutput
{
    private readonly RenderContext _context;
    private readonly TextSink _sink;
    private readonly bool _asciiOnly;
    private readonly bool _sortKeys;
    private readonly string? _indent;
    private readonly string _itemSeparator;
    private readonly string _keySeparator;

    private JsonOutput(Invocation call)
    {
        _context = call.Context;
        _sink = new TextSink(_context);
        _asciiOnly = call.Flag(0);
        _indent = IndentOf(call);
        (_itemSeparator, _keySeparator) = SeparatorsOf(call);
        _sortKeys = call.Flag(3);
    }

    public static TextValue Write(Invocation call)
    {
        var writer = new JsonOutput(call);
        writer.Write(call.Subject, 0);
        return new(writer._sink.ToString());
    }

    private static string? IndentOf(Invocation call)
    {
        if (!call.Has(1))
        {
            return null;
        }

        if (call[1] is TextValue text)
        {
            return text.Text;
        }

        var width = Int128.Max(call.Integer(1), 0);
        call.Context.ChargeText(width);
        return new string(' ', (int)width);
    }

    private static (string Item, string Key) SeparatorsOf(Invocation call)
    {
        if (!call.Has(2))
        {
            return (call.Has(1) ? "," : ", ", ": ");
        }

        return call[2] is SequenceValue { Items: [TextValue item, TextValue key] }
            ? (item.Text, key.Text)
            : throw call.Wrong(call[2], "separators that are a pair of texts");
    }

    private void Write(Value value, int depth)
    {
        _context.ChargeNested(depth);
        switch (value)
        {
            case TextValue text:
                WriteString(text.Text);
                break;
            case DictValue dict:
                WriteDict(dict, depth);
                break;
            case ListValue or TupleValue:
                WriteList(((SequenceValue)value).Items, depth);
                break;
            default:
                _sink.Append(ScalarOf(value) ?? throw NotJson(value));
                break;
        }
    }

    private static string? ScalarOf(Value value) => value switch
    {
        NoneValue => "null",
        BooleanValue boolean => boolean.Value ? "true" : "false",
        IntegerValue integer => integer.Value.ToString(CultureInfo.InvariantCulture),
        FloatValue { Value: double.PositiveInfinity } => "Infinity",
        FloatValue { Value: double.NegativeInfinity } => "-Infinity",
        FloatValue { Value: double.NaN } => "NaN",
        FloatValue number => ValueText.OfFloat(number.Value),
        _ => null,
    };

    private static ChatTemplateException NotJson(Value value) => value is UndefinedValue undefined
        ? undefined.Fault()
        : new($"A value of type {value.TypeName} cannot be written as JSON.");

    private void WriteList(Value[] items, int depth)
    {
        _sink.Append('[');
        for (var i = 0; i < items.Length; i++)
        {
            BeginItem(i, depth);
            Write(items[i], depth + 1);
        }

        End(items.Length, ']', depth);
    }

    private void WriteDict(DictValue dict, int depth)
    {
        IEnumerable<KeyValuePair<Value, Value>> entries = _sortKeys
            ? ValueOrder.Sort([.. dict.Entries], static entry => entry.Key, descending: false, _context)
            : dict.Entries;
        _sink.Append('{');
        var index = 0;
        foreach (var (key, value) in entries)
        {
            BeginItem(index++, depth);
            WriteString(key is TextValue text ? text.Text : ScalarOf(key) ?? throw NotJson(key));
            _sink.Append(_keySeparator);
            Write(value, depth + 1);
        }

        End(index, '}', depth);
    }

    private void BeginItem(int index, int depth)
    {
        _sink.Append(index == 0 ? "" : _itemSeparator);
        NewLine(depth + 1);
    }

    private void End(int count, char bracket, int depth)
    {
        if (count > 0)
        {
            NewLine(depth);
        }

        _sink.Append(bracket);
    }

    private void NewLine(int depth)
    {
        if (_indent is null)
        {
            return;
        }

        _sink.Append('\n');
        for (; depth > 0; depth--)
        {
            _sink.Append(_indent);
        }
    }

    private void WriteString(string text)
    {
        _sink.Append('"');
        var written = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (Escape(text[i]) is { } escape)
            {
                _sink.Append(text.AsSpan(written, i - written));
                _sink.Append(escape);
                written = i + 1;
            }
        }

        _sink.Append(text.AsSpan(written));
        _sink.Append('"');
    }

    private string? Escape(char unit) => unit switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        < ' ' => $"\\u{(int)unit:x4}",
        > '~' when _asciiOnly => $"\\u{(int)unit:x4}",
        _ => null,
    };
}
