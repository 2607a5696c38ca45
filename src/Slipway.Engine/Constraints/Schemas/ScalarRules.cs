using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Engine.Constraints.Automata;
using Slipway.Engine.Constraints.Matching;

namespace Slipway.Engine.Constraints.Schemas;

/// <summary>Strings, numbers and lists of values.</summary>
internal sealed class ScalarRules(OutputGrammarOptions options)
{
    /// <summary>States of all automata of one schema together.</summary>
    private const int MaxStates = 60_000;

    private readonly Dictionary<string, ByteDfa?> _patterns = [];
    private int _states;

    public Rule String(ValueConstraints value)
    {
        var (min, max) = (value.MinLength, value.MaxLength ?? Math.Max(value.MinLength, options.MaxUnboundedLength));
        if (min > max)
        {
            return new ChoiceRule();
        }
        var source = value.Pattern ?? (value.Format is { } format ? (StringFormats.Find(format.Format, format.Path), format.Path) : null);
        return source is { } held ? Pattern(held.Pattern, held.Path, min, value.MaxLength) : new LexRule(JsonTokens.String, min, max);
    }

    public Rule Number(ValueConstraints value)
    {
        var isWhole = (value.Types & JsonTypes.Fraction) == 0;
        if (value.Min is null && value.Max is null)
        {
            return isWhole ? JsonRules.Integer : JsonRules.Number;
        }
        var range = isWhole ? NumberRange.Integers(value.Min, value.Max) : NumberRange.Numbers(value.Min, value.Max);
        return Lex(() => ByteNfa.Compile(range), value.Path);
    }

    /// <summary>One of the values, written without space.</summary>
    public Rule[] Values(List<JsonNode?> values, string path) =>
        values.Count == 0 ? [] : [Lex(() => WordList.Compile(values.Select(Spell)), path + ".enum")];

    /// <summary>The automaton holds the least length; the most is counted, since it may be large.</summary>
    private Rule Pattern(string pattern, string path, int min, int? max)
    {
        var key = $"{min} {pattern}";
        if (!_patterns.TryGetValue(key, out var dfa))
        {
            dfa = _patterns[key] = Guard(() => CompilePattern(pattern, min), path);
        }
        return dfa is null || dfa.Distance(0) > max
            ? new ChoiceRule()
            : new LexRule(dfa, 0, max ?? Math.Max(options.MaxUnboundedLength, dfa.Distance(0)));
    }

    private static ByteDfa? CompilePattern(string pattern, int min)
    {
        var dfa = ByteNfa.Compile(JsonTokens.Quote(RegexPattern.Parse(pattern)));
        return dfa is null || min == 0
            ? dfa
            : DfaProduct.Build(dfa, (read, from, to, _) => Math.Min(min, read + dfa.Weight(from, to)), read => read == min);
    }

    private Rule Lex(Func<ByteDfa?> make, string path) => Guard(make, path) is { } dfa ? new LexRule(dfa) : new ChoiceRule();

    private ByteDfa? Guard(Func<ByteDfa?> make, string path)
    {
        try
        {
            var dfa = make();
            _states += dfa?.States ?? 0;
            return _states <= MaxStates
                ? dfa
                : throw new AutomatonLimitException($"the automata of the schema take more than {MaxStates} states");
        }
        catch (AutomatonLimitException exception)
        {
            throw new UnsupportedSchemaException(path, $"something this large ({exception.Message})");
        }
        catch (FormatException exception)
        {
            throw new UnsupportedSchemaException(path, $"a pattern with {exception.Message}");
        }
    }

    private static string Spell(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                var object_ = members.Select(member => $"{JsonTokens.Spell(member.Key)}:{Spell(member.Value)}");
                return $"{{{string.Join(',', object_)}}}";
            case JsonArray items:
                return new StringBuilder("[").AppendJoin(',', items.Select(Spell)).Append(']').ToString();
            case not null when node.GetValueKind() == JsonValueKind.String:
                return JsonTokens.Spell(node.GetValue<string>());
            default:
                return node?.ToJsonString() ?? "null";
        }
    }
}
