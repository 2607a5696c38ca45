using System.Globalization;
using Slipway.Engine.ChatTemplates.Rendering;

namespace Slipway.Engine.ChatTemplates.Values;

/// <summary>Values as Python prints them: <c>str()</c> at the top, <c>repr()</c> inside containers.</summary>
internal static class ValueText
{
    public static string Of(Value value, RenderContext context)
    {
        switch (value)
        {
            case TextValue text:
                return text.Text;
            case UndefinedValue:
                return "";
            default:
                var sink = new TextSink(context);
                WriteRepr(value, sink, context, 0);
                return sink.ToString();
        }
    }

    public static string Repr(Value value, RenderContext context)
    {
        var sink = new TextSink(context);
        WriteRepr(value, sink, context, 0);
        return sink.ToString();
    }

    /// <summary>The shortest digits that read back as the same number, in Python's notation.</summary>
    public static string OfFloat(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        var text = value.ToString("E16", CultureInfo.InvariantCulture);
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        var exponent = value == 0 ? 0 : int.Parse(text[(text.IndexOf('E', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);
        var mantissa = shortest.Split('E')[0];
        var isNegative = mantissa.StartsWith('-');
        var digits = mantissa.TrimStart('-').Replace(".", "", StringComparison.Ordinal).TrimStart('0').TrimEnd('0');
        digits = digits.Length == 0 ? "0" : digits;
        return (isNegative ? "-" : "") + (exponent is < -4 or >= 16 ? Scientific(digits, exponent) : Positional(digits, exponent));
    }

    private static string Scientific(string digits, int exponent) =>
        $"{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";

    private static string Positional(string digits, int exponent)
    {
        if (exponent < 0)
        {
            return "0." + new string('0', -exponent - 1) + digits;
        }

        var whole = exponent + 1;
        return digits.Length <= whole ? digits.PadRight(whole, '0') + ".0" : digits[..whole] + "." + digits[whole..];
    }

    private static void WriteRepr(Value value, TextSink sink, RenderContext context, int depth)
    {
        context.ChargeNested(depth);
        switch (value)
        {
            case TextValue text:
                StringRepr.Write(text.Text, sink);
                break;
            case ListValue list:
                WriteItems(list.Items, "[", "]", sink, context, depth);
                break;
            case TupleValue tuple:
                WriteItems(tuple.Items, "(", tuple.Items.Length == 1 ? ",)" : ")", sink, context, depth);
                break;
            case ViewValue view:
                WriteItems(view.Items, view.Name + "([", "])", sink, context, depth);
                break;
            case DictValue dict:
                WriteEntries(dict.Entries, sink, context, depth);
                break;
            case NamespaceValue space:
                sink.Append("<Namespace ");
                var members = space.Attributes.Select(static entry => KeyValuePair.Create((Value)new TextValue(entry.Key), entry.Value));
                WriteEntries(members, sink, context, depth);
                sink.Append('>');
                break;
            default:
                sink.Append(OfScalar(value));
                break;
        }
    }

    private static string OfScalar(Value value) => value switch
    {
        BooleanValue boolean => boolean.Value ? "True" : "False",
        NoneValue => "None",
        IntegerValue integer => integer.Value.ToString(CultureInfo.InvariantCulture),
        FloatValue number => OfFloat(number.Value),
        RangeValue range => range.ToString(),
        UndefinedValue => "Undefined",
        _ => $"<{value.TypeName}>",
    };

    private static void WriteItems(Value[] items, string open, string close, TextSink sink, RenderContext context, int depth)
    {
        sink.Append(open);
        for (var i = 0; i < items.Length; i++)
        {
            sink.Append(i == 0 ? "" : ", ");
            WriteRepr(items[i], sink, context, depth + 1);
        }

        sink.Append(close);
    }

    private static void WriteEntries(
        IEnumerable<KeyValuePair<Value, Value>> entries, TextSink sink, RenderContext context, int depth)
    {
        sink.Append('{');
        var separator = "";
        foreach (var (key, value) in entries)
        {
            sink.Append(separator);
            WriteRepr(key, sink, context, depth + 1);
            sink.Append(": ");
            WriteRepr(value, sink, context, depth + 1);
            separator = ", ";
        }

        sink.Append('}');
    }
}
