using Slipway.Engine.Constraints.Automata;
using Slipway.Engine.Constraints.Matching;

namespace Slipway.Engine.Constraints.Schemas;

/// <summary>Objects: declared members in their order, the optional ones or not, then others.</summary>
internal sealed class ObjectRules(OutputGrammarOptions options, Rule anyValue)
{
    private const int MaxNames = 1_000;

    /// <param name="value">What the schema says.</param>
    /// <param name="compile">Makes the rule of a member's value.</param>
    public Rule Compile(ValueConstraints value, Func<IEnumerable<SchemaPart>, Rule> compile)
    {
        List<string> names = [.. value.Names, .. value.Required.Except(value.Names).Order(StringComparer.Ordinal)];
        if (names.Count > MaxNames)
        {
            throw new UnsupportedSchemaException(value.Path + ".properties", $"more than {MaxNames} properties");
        }
        var rest = compile(value.OtherMembers());
        var isClosed = rest is ChoiceRule { Options.Length: 0 } && rest != anyValue;
        if (value.MinMembers > Math.Max(1, value.Required.Count))
        {
            // Nothing keeps the names of other members from being the same, and a repeated one counts once.
            throw new UnsupportedSchemaException(value.Path + ".minProperties", "minProperties above 1 and the number of required properties");
        }
        if (names.Count == 0)
        {
            var most = isClosed ? 0 : value.MaxMembers ?? Math.Max(value.MinMembers, options.MaxUnboundedLength);
            return value.MinMembers > most
                ? new ChoiceRule()
                : JsonRules.Braces(JsonRules.List(Other(names, rest), value.MinMembers, most, JsonRules.CloseObject));
        }
        var others = CountOthers(value, names.Count, isClosed);
        Rule? keys = null;
        var after = JsonRules.CloseObject;
        if (others > 0)
        {
            var other = Other(names, rest);
            keys = new SequenceRule([other, .. JsonRules.More(other, 0, others - 1), JsonRules.CloseObject]);
            after = new ChoiceRule(JsonRules.CloseObject, new SequenceRule([JsonRules.Comma, keys]));
        }
        var mayEnd = true;
        for (var i = names.Count - 1; i >= 0; i--)
        {
            var isRequired = value.Required.Contains(names[i]);
            var member = new SequenceRule([Key(names[i]), JsonRules.Colon, compile(value.Member(names[i])), after]);
            keys = isRequired || keys is null ? member : new ChoiceRule(member, keys);
            mayEnd &= !isRequired;
            var more = new SequenceRule([JsonRules.Comma, keys]);
            after = mayEnd ? new ChoiceRule(JsonRules.CloseObject, more) : more;
        }
        var first = JsonRules.Spaced(keys!);
        return JsonRules.Braces(mayEnd ? new ChoiceRule(JsonRules.CloseObject, first) : first);
    }

    /// <summary>How many members beside the declared ones there may be.</summary>
    private int CountOthers(ValueConstraints value, int declared, bool isClosed)
    {
        if (value.MinMembers > value.Required.Count)
        {
            throw new UnsupportedSchemaException(
                value.Path + ".minProperties", "minProperties above the number of required properties, where others are declared");
        }
        if (value.MaxMembers < declared)
        {
            throw new UnsupportedSchemaException(value.Path + ".maxProperties", "maxProperties below the number of declared properties");
        }
        return isClosed ? 0 : Math.Min(options.MaxUnboundedLength, value.MaxMembers - declared ?? int.MaxValue);
    }

    private SequenceRule Other(List<string> names, Rule value)
    {
        var longest = names.Select(name => name.EnumerateRunes().Count()).DefaultIfEmpty(0).Max();
        var key = new LexRule(OtherNames.Compile(names), 0, Math.Max(options.MaxUnboundedLength, longest + 1));
        return new SequenceRule([key, JsonRules.Colon, value]);
    }

    private static LexRule Key(string name) => new(WordList.Compile([JsonTokens.Spell(name)]));
}
