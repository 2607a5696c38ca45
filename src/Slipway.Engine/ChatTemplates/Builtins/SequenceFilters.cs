using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

internal static class SequenceFilters
{
    public static Value First(Invocation call) => call.Subject.Iterate().FirstOrDefault(Nothing());

    public static Value Last(Invocation call) => call.Subject switch
    {
        GeneratorValue => throw call.Wrong(call.Subject, "something with an end; put '|list' before it"),
        SequenceValue sequence => sequence.Items.LastOrDefault(Nothing()),
        _ => call.ItemsOf(call.Subject).LastOrDefault(Nothing()),
    };

    public static Value List(Invocation call) => new ListValue(call.ItemsOf(call.Subject));

    public static Value Items(Invocation call) => call.Subject switch
    {
        UndefinedValue => new GeneratorValue([]),
        DictValue => new GeneratorValue(DictMethods.ItemsOf(call)),
        _ => throw call.Wrong(call.Subject, "a dict"),
    };

    public static Value Join(Invocation call)
    {
        var separator = ValueText.Of(call.Bound[0] ?? TextValue.Empty, call.Context);
        var path = call.Has(1) ? new AttributePath(call[1]) : null;
        var output = new TextSink(call.Context);
        var isFirst = true;
        foreach (var item in call.ItemsOf(call.Subject))
        {
            output.Append(isFirst ? "" : separator);
            output.Append(ValueText.Of(path?.Read(item, call.Context) ?? item, call.Context));
            isFirst = false;
        }

        return new TextValue(output.ToString());
    }

    public static Value Reverse(Invocation call)
    {
        var items = call.ItemsOf(call.Subject);
        Array.Reverse(items);
        return call.Subject is TextValue
            ? call.Made(string.Concat(items.Select(static item => ((TextValue)item).Text)))
            : new GeneratorValue(items);
    }

    public static Value Batch(Invocation call)
    {
        var size = Positive(call);
        return new GeneratorValue(call.ItemsOf(call.Subject).Chunk(size).Select(chunk => (Value)new ListValue(Filled(call, chunk, size))));
    }

    /// <summary>So many columns of nearly equal length, the longer ones first.</summary>
    public static Value Slice(Invocation call)
    {
        var count = Positive(call);
        call.Context.Charge(count);
        var items = call.ItemsOf(call.Subject);
        var (each, longer) = (items.Length / count, items.Length % count);
        var offset = 0;
        return new GeneratorValue(Enumerable.Range(0, count).Select(column =>
        {
            var length = each + (column < longer ? 1 : 0);
            var part = items[offset..(offset + length)];
            offset += length;
            return (Value)new ListValue(column >= longer && call.Has(1) ? [.. part, call[1]] : part);
        }));
    }

    private static Value[] Filled(Invocation call, Value[] chunk, int size)
    {
        if (!call.Has(1) || chunk.Length == size)
        {
            return chunk;
        }

        call.Context.Charge(size);
        return [.. chunk, .. Enumerable.Repeat(call[1], size - chunk.Length)];
    }

    private static int Positive(Invocation call) => call.Integer(0) > 0
        ? Numbers.Clamp(call.Integer(0))
        : throw new ChatTemplateException($"The {call.Title} needs a size of 1 or more.");

    private static UndefinedValue Nothing() => new("There is no such item, since there are none.");
}
