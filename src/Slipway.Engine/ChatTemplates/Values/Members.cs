using System.Globalization;
using Slipway.Engine.ChatTemplates.Rendering;

namespace Slipway.Engine.ChatTemplates.Values;

/// <summary>Reading parts of values: <c>a.b</c>, <c>a[b]</c>, <c>a[b:c:d]</c>. What is not there is undefined, not a fault.</summary>
internal static class Members
{
    public static Value Attribute(Value target, string name, RenderContext context)
    {
        if (target is UndefinedValue undefined)
        {
            throw undefined.Fault();
        }

        return target.Member(name) ?? Entry(target, new TextValue(name), context) ?? Missing(target, name);
    }

    public static Value Item(Value target, Value index, RenderContext context)
    {
        if (target is UndefinedValue undefined)
        {
            throw undefined.Fault();
        }

        return Entry(target, index, context)
            ?? (index is TextValue name ? target.Member(name.Text) : null)
            ?? Missing(target, index switch
            {
                TextValue text => text.Text,
                IntegerValue number => number.Value.ToString(CultureInfo.InvariantCulture),
                _ => index.TypeName,
            });
    }

    public static Value Slice(Value target, Value? start, Value? stop, Value? step, RenderContext context)
    {
        if (target is UndefinedValue undefined)
        {
            throw undefined.Fault();
        }

        if (target.Length is not { } length || target is not (TextValue or SequenceValue))
        {
            throw new ChatTemplateException($"A value of type {target.TypeName} cannot be sliced.");
        }

        var (first, count, stride) = Range(length, Bound(start), Bound(stop), Bound(step) ?? 1);
        if (target is TextValue text)
        {
            context.ChargeText(text.Text.Length);
            return new TextValue(SliceText(text.Text, first, count, stride));
        }

        context.Charge(count);
        var items = new Value[count];
        for (var i = 0; i < count; i++)
        {
            items[i] = ((SequenceValue)target).Items[first + (int)(i * stride)];
        }

        return target is TupleValue ? new TupleValue(items) : new ListValue(items);
    }

    private static Value? Entry(Value target, Value index, RenderContext context)
    {
        context.ChargeText(((target as TextValue)?.Text.Length ?? 0) + ((index as TextValue)?.Text.Length ?? 0));
        switch (target)
        {
            case DictValue dict when index is TextValue or IntegerValue or FloatValue or BooleanValue or NoneValue:
                return dict.Entries.GetValueOrDefault(index);
            case SequenceValue sequence when Numbers.AsInteger(index) is { } at && index is not FloatValue:
                var place = at < 0 ? at + sequence.Items.Length : at;
                return place >= 0 && place < sequence.Items.Length ? sequence.Items[(int)place] : null;
            case TextValue text when Numbers.AsInteger(index) is { } at:
                return CharacterAt(text.Text, at);
            default:
                return null;
        }
    }

    private static TextValue? CharacterAt(string text, Int128 index)
    {
        var length = CodePoints.Count(text);
        var place = index < 0 ? index + length : index;
        if (place < 0 || place >= length)
        {
            return null;
        }

        var at = CodePoints.ToUtf16(text, (int)place);
        return new TextValue(text.Substring(at, CodePoints.WidthAt(text, at)));
    }

    private static UndefinedValue Missing(Value target, string name) =>
        new($"A value of type {target.TypeName} has no '{(name.Length <= 100 ? name : name[..100])}'.");

    private static Int128? Bound(Value? value) => value switch
    {
        null or NoneValue => null,
        UndefinedValue undefined => throw undefined.Fault(),
        _ => Numbers.AsInteger(value) ?? throw new ChatTemplateException($"A slice needs integers, not {value.TypeName}."),
    };

    /// <summary>The first index, the number of elements and the stride that Python's slice rules give.</summary>
    private static (int First, int Count, Int128 Stride) Range(int length, Int128? start, Int128? stop, Int128 step)
    {
        if (step == 0)
        {
            throw new ChatTemplateException("The step of a slice cannot be 0.");
        }

        // Downwards, "one before the first" is a place too: -1.
        var (low, high) = step > 0 ? (0, length) : (-1, length - 1);
        var first = Resolve(start, step > 0 ? low : high);
        var end = Resolve(stop, step > 0 ? high : low);
        var span = step > 0 ? end - first : first - end;
        var stride = step > 0 ? step : -step;
        var count = span <= 0 ? 0 : ((span - 1) / stride) + 1;
        return ((int)first, (int)count, count <= 1 ? 0 : step);

        Int128 Resolve(Int128? bound, int open) =>
            bound is not { } at ? open : Int128.Clamp(at < 0 ? Int128.Max(at, -length - 1) + length : at, low, high);
    }

    private static string SliceText(string text, int first, int count, Int128 stride)
    {
        if (count == 0)
        {
            return "";
        }

        if (count == 1 || stride == 1)
        {
            var begin = CodePoints.ToUtf16(text, first);
            return text[begin..(begin + CodePoints.ToUtf16(text[begin..], count))];
        }

        var characters = CodePoints.Each(text).ToArray();
        return string.Concat(Enumerable.Range(0, count).Select(i => characters[first + (int)(i * stride)]));
    }
}
