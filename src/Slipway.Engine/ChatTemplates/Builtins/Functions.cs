using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Functions that every template can call.</summary>
internal static class Functions
{
    // Jinja's sandbox allows no more either.
    private const int MaxRange = 100_000;

    private static readonly BuiltinTable Table = new("function")
    {
        { "range", "start stop? step?", Range },
        { "dict", "*", MakeDict },
        { "namespace", "*", MakeNamespace },
        { "cycler", "*", static call => new CyclerValue(call.More.Positional) },
        { "joiner", "sep?", static call => new JoinerValue(call.Text(0, ", ")) },
        { "raise_exception", "message", static call => throw ChatTemplateException.FromTemplate(ValueText.Of(call[0], call.Context)) },
        { "strftime_now", "format", static call => new TextValue(Strftime.Format(call.Text(0), call.Context)) },
        { "lipsum", "*", static _ => throw new ChatTemplateException("'lipsum' is refused: a prompt has no use for filler text.") },
    };

    private static readonly Dictionary<string, Value> Bound = Table.ToDictionary(
        static name => name, static name => Table.Bind(name, NoneValue.Instance)!);

    public static Value? Find(string name) => Bound.GetValueOrDefault(name);

    private static RangeValue Range(Invocation call)
    {
        var (start, stop) = call.Has(1) ? (call.Integer(0), call.Integer(1)) : (0, call.Integer(0));
        var step = call.Integer(2, 1);
        if (step == 0)
        {
            throw new ChatTemplateException("The step of a range cannot be 0.");
        }

        var isEmpty = step > 0 ? start >= stop : start <= stop;
        var count = isEmpty ? 0 : (((double)stop - (double)start) / (double)step) is var span && span > MaxRange + 1
            ? throw new ChatTemplateException($"A range holds at most {MaxRange} numbers.")
            : (int)Math.Ceiling(span);
        if (count > MaxRange)
        {
            throw new ChatTemplateException($"A range holds at most {MaxRange} numbers.");
        }

        call.Context.Charge(count);
        var items = new Value[count];
        for (var i = 0; i < count; i++)
        {
            items[i] = new IntegerValue(start + (i * step));
        }

        return new(start, stop, step, items);
    }

    private static DictValue MakeDict(Invocation call) => new(CollectEntries(call));

    private static NamespaceValue MakeNamespace(Invocation call)
    {
        var space = new NamespaceValue();
        foreach (var (key, value) in CollectEntries(call))
        {
            space.Attributes[key is TextValue name ? name.Text : throw call.Wrong(key, "names that are text")] = value;
        }

        return space;
    }

    /// <summary>A dict, or pairs, then names: what Python's <c>dict()</c> takes.</summary>
    private static OrderedDictionary<Value, Value> CollectEntries(Invocation call)
    {
        var entries = DictValue.NewEntries();
        if (call.More.Positional.Length > 1)
        {
            throw new ChatTemplateException($"The {call.Title} takes one dict at most, and names.");
        }

        foreach (var source in call.More.Positional)
        {
            foreach (var (key, value) in EntriesOf(source, call))
            {
                entries[KeyComparer.Check(key)] = value;
            }
        }

        foreach (var (name, value) in call.More.Named)
        {
            entries[new TextValue(name)] = value;
        }

        return entries;
    }

    private static IEnumerable<KeyValuePair<Value, Value>> EntriesOf(Value source, Invocation call)
    {
        if (source is DictValue dict)
        {
            call.Context.Charge(dict.Entries.Count);
            return dict.Entries;
        }

        return call.ItemsOf(source).Select(pair => pair is SequenceValue { Items: [var key, var value] }
            ? KeyValuePair.Create(key, value)
            : throw call.Wrong(pair, "pairs of key and value"));
    }
}
