using Slipway.Engine.Constraints.Matching;

namespace Slipway.Engine.Constraints.Schemas;

/// <summary>Arrays: first the items that have schemas of their own, then any number of one kind.</summary>
internal static class ArrayRules
{
    /// <param name="value">What the schema says.</param>
    /// <param name="compile">Makes the rule of an item.</param>
    /// <param name="unbounded">Items at most where the schema has no maximum.</param>
    public static Rule Compile(ValueConstraints value, Func<IEnumerable<SchemaPart>, Rule> compile, int unbounded)
    {
        var (prefix, min) = (value.PrefixCount, value.MinItems);
        var max = value.MaxItems ?? Math.Max(Math.Max(min, prefix), unbounded);
        if (min > max)
        {
            return new ChoiceRule();
        }
        var other = compile(value.Item(prefix));
        if (prefix == 0)
        {
            return JsonRules.Brackets(JsonRules.List(other, min, max, JsonRules.CloseArray));
        }
        Rule after = new SequenceRule([.. JsonRules.More(other, Math.Max(0, min - prefix), max - prefix), JsonRules.CloseArray]);
        for (var index = prefix - 1; index >= 1; index--)
        {
            after = After(index, compile(value.Item(index)), after);
        }
        List<Rule> options = [];
        if (min == 0)
        {
            options.Add(JsonRules.CloseArray);
        }
        if (max > 0)
        {
            options.Add(JsonRules.Spaced(new SequenceRule([compile(value.Item(0)), after])));
        }
        return JsonRules.Brackets(new ChoiceRule([.. options]));

        ChoiceRule After(int count, Rule item, Rule rest)
        {
            List<Rule> ways = [];
            if (count >= min)
            {
                ways.Add(JsonRules.CloseArray);
            }
            if (count < max)
            {
                ways.Add(new SequenceRule([JsonRules.Comma, item, rest]));
            }
            return new ChoiceRule([.. ways]);
        }
    }
}
