using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Filters that compare: sort, groupby, unique, min, max. Case does not count unless asked.</summary>
internal static class OrderFilters
{
    public static Value Sort(Invocation call)
    {
        var keys = KeysOf(call, call.Bound[2], call.Flag(1));
        return new ListValue(ValueOrder.Sort(call.ItemsOf(call.Subject), keys, call.Flag(0), call.Context));
    }

    public static Value SortDict(Invocation call)
    {
        if (call.Subject is not DictValue)
        {
            throw call.Wrong(call.Subject, "a dict");
        }

        var part = call.Text(1, "key") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw new ChatTemplateException("The filter 'dictsort' sorts by 'key' or by 'value'."),
        };
        var isExact = call.Flag(0);
        Value KeyOf(Value item) => Folded(((TupleValue)item).Items[part], isExact, call);
        return new ListValue(ValueOrder.Sort([.. DictMethods.ItemsOf(call)], KeyOf, call.Flag(2), call.Context));
    }

    public static Value GroupBy(Invocation call)
    {
        var path = new AttributePath(call[0]);
        var isExact = call.Flag(2);
        Value KeyOf(Value item) => path.Read(item, call.Context, call.Bound[1]);
        List<(Value Key, List<Value> Items)> groups = [];
        var items = call.ItemsOf(call.Subject);
        foreach (var item in ValueOrder.Sort(items, item => Folded(KeyOf(item), isExact, call), descending: false, call.Context))
        {
            var key = KeyOf(item);
            var continues = groups.Count > 0
                && Comparisons.AreEqual(Folded(groups[^1].Key, isExact, call), Folded(key, isExact, call), call.Context);
            if (!continues)
            {
                groups.Add((key, []));
            }

            groups[^1].Items.Add(item);
        }

        return new ListValue([.. groups.Select(static group => (Value)new GroupValue(group.Key, new ListValue([.. group.Items])))]);
    }

    public static Value Unique(Invocation call)
    {
        var keys = KeysOf(call, call.Bound[1], call.Flag(0));
        var seen = new HashSet<Value>(KeyComparer.Instance);
        return new GeneratorValue(call.ItemsOf(call.Subject).Where(item => seen.Add(KeyComparer.Check(keys(item)))));
    }

    public static Value Largest(Invocation call) => Extreme(call, wanted: 1);

    public static Value Smallest(Invocation call) => Extreme(call, wanted: -1);

    private static Value Extreme(Invocation call, int wanted)
    {
        var keys = KeysOf(call, call.Bound[1], call.Flag(0));
        Value? best = null;
        foreach (var item in call.ItemsOf(call.Subject))
        {
            if (best is null || Math.Sign(Comparisons.Compare(keys(item), keys(best), call.Context) ?? 0) == wanted)
            {
                best = item;
            }
        }

        return best ?? new UndefinedValue($"The {call.Title} got nothing to choose from.");
    }

    /// <summary>Several attributes with commas between sort by the first, then the next.</summary>
    private static Func<Value, Value> KeysOf(Invocation call, Value? attribute, bool isExact)
    {
        if (attribute is null or NoneValue)
        {
            return item => Folded(item, isExact, call);
        }

        AttributePath[] paths = attribute is TextValue text
            ? [.. text.Text.Split(',').Select(static part => new AttributePath(new TextValue(part)))]
            : [new AttributePath(attribute)];
        return paths.Length == 1
            ? item => Folded(paths[0].Read(item, call.Context), isExact, call)
            : item => new TupleValue([.. paths.Select(path => Folded(path.Read(item, call.Context), isExact, call))]);
    }

    private static Value Folded(Value value, bool isExact, Invocation call) =>
        value is TextValue text && !isExact ? call.Made(text.Text.ToLowerInvariant()) : value;
}
