using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Engine.Constraints.Automata;
using Slipway.Engine.Constraints.Matching;
using Slipway.Engine.Constraints.Schemas;

namespace Slipway.Engine.Constraints;

/// <summary>
/// What an output may be. A generation that is given one writes nothing else: every output that ends with
/// <see cref="Scheduling.FinishReason.Stop"/> is complete. At the token limit it is cut like any other. Immutable.
/// </summary>
public sealed class OutputGrammar
{
    private const int MaxLiteral = 64 * 1024;
    private const int MaxTrigger = 256;

    private static readonly RecentSchemas Recent = new();

    private OutputGrammar(string key, Rule root, int maxDepth)
    {
        Key = key;
        Grammar = new Grammar(root, maxDepth);
    }

    /// <summary>Any JSON object, within the default bounds.</summary>
    public static OutputGrammar JsonObject { get; } =
        new("object", new AnyJson(new OutputGrammarOptions()).Object, new OutputGrammarOptions().MaxDepth);

    /// <summary>Grammars with the same key are the same.</summary>
    internal string Key { get; }

    internal Grammar Grammar { get; }

    /// <summary>The JSON texts that a schema accepts: members in the order of <c>properties</c>, space between words limited.</summary>
    /// <remarks>
    /// Of JSON Schema 2020-12: type, nullable, enum, const; minLength, maxLength, pattern and format (date, time, date-time,
    /// duration, email, hostname, ipv4, ipv6, uuid, uri); minimum, maximum, their exclusive forms, multipleOf 1; items,
    /// prefixItems, minItems, maxItems; properties, required, additionalProperties, and minProperties and maxProperties where
    /// they can be held; anyOf, allOf, oneOf whose branches exclude one another; $ref within the schema, recursion included.
    /// Annotations are ignored, all else is refused. Names that <c>properties</c> does not declare may be written twice;
    /// readers keep the last.
    /// </remarks>
    /// <param name="schema">A JSON schema, an object or a boolean.</param>
    /// <param name="options">Bounds where the schema has none; null takes the defaults.</param>
    /// <exception cref="UnsupportedSchemaException">The schema is broken, accepts nothing, is too large, or uses what is not supported.</exception>
    public static OutputGrammar FromJsonSchema(JsonNode schema, OutputGrammarOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(schema);
        options ??= new OutputGrammarOptions();
        options.Validate();
        var key = string.Create(
            CultureInfo.InvariantCulture, $"schema({options.MaxUnboundedLength},{options.MaxDepth},{schema.ToJsonString()})");
        return Recent.GetOrAdd(key, () => Compile(key, schema, options));
    }

    /// <summary>Exactly this text; 1 to 65,536 characters.</summary>
    /// <exception cref="ArgumentException">The text is empty or too long.</exception>
    public static OutputGrammar Literal(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        ThrowIfLonger(text, MaxLiteral);
        return new OutputGrammar(Join("literal", [text]), Word(text), 1);
    }

    /// <summary>One after the other; at least one.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static OutputGrammar Sequence(params OutputGrammar[] parts) =>
        Combine("sequence", parts, rules => new SequenceRule(rules));

    /// <summary>A grammar between two texts, each of which may be empty.</summary>
    /// <exception cref="ArgumentException">A text is too long.</exception>
    public static OutputGrammar Sequence(string before, OutputGrammar grammar, string after)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        List<OutputGrammar> parts = [grammar];
        if (before.Length > 0)
        {
            parts.Insert(0, Literal(before));
        }
        if (after.Length > 0)
        {
            parts.Add(Literal(after));
        }
        return Sequence([.. parts]);
    }

    /// <summary>One of several; at least one.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static OutputGrammar Choice(params OutputGrammar[] options) =>
        Combine("choice", options, rules => new ChoiceRule(rules));

    /// <summary>The same again, <paramref name="min"/> to <paramref name="max"/> times.</summary>
    /// <param name="item">What comes each time; it must not match the empty text.</param>
    /// <param name="min">1 or more.</param>
    /// <param name="max">At least <paramref name="min"/>.</param>
    /// <exception cref="ArgumentException">A count is out of range.</exception>
    public static OutputGrammar Repeat(OutputGrammar item, int min, int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(min, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, min);
        return Combine(
            string.Create(CultureInfo.InvariantCulture, $"repeat {min} {max}"), [item], rules => new RepeatRule(rules[0], min, max));
    }

    /// <summary>
    /// Any text; but after every <paramref name="trigger"/> in it the grammar holds once. The text may end anywhere outside
    /// of the grammar.
    /// </summary>
    /// <param name="trigger">1 to 256 characters.</param>
    /// <param name="grammar">What follows the trigger.</param>
    /// <exception cref="ArgumentException">The trigger is empty or too long.</exception>
    public static OutputGrammar FreeTextUntil(string trigger, OutputGrammar grammar)
    {
        ArgumentException.ThrowIfNullOrEmpty(trigger);
        ArgumentNullException.ThrowIfNull(grammar);
        ThrowIfLonger(trigger, MaxTrigger);
        var text = new ChoiceRule();
        var triggered = new LexRule(FreeText.Until(trigger), allowsAdded: true);
        text.Options =
        [
            new LexRule(FreeText.Without(trigger), allowsAdded: true),
            new SequenceRule([triggered, grammar.Grammar.Root, text]),
        ];
        return new OutputGrammar(Join("text", [trigger, grammar.Key]), text, grammar.Grammar.MaxDepth);
    }

    private static OutputGrammar Compile(string key, JsonNode schema, OutputGrammarOptions options)
    {
        var grammar = new OutputGrammar(key, new SchemaCompiler(schema, options).Compile(), options.MaxDepth);
        return grammar.Grammar.CanBeCompleted
            ? grammar
            : throw new UnsupportedSchemaException("$", $"a schema that no value satisfies with {options.MaxDepth} levels of nesting");
    }

    private static OutputGrammar Combine(string name, OutputGrammar[] parts, Func<Rule[], Rule> combine)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Length == 0 || parts.Contains(null))
        {
            throw new ArgumentException($"The {name} is of no grammars or of null; accepted are 1 or more.", nameof(parts));
        }
        var rule = combine([.. parts.Select(part => part.Grammar.Root)]);
        return new OutputGrammar(Join(name, parts.Select(part => part.Key)), rule, parts.Max(part => part.Grammar.MaxDepth));
    }

    /// <summary>Lengths go before the parts, so that no text can look like another structure.</summary>
    private static string Join(string name, IEnumerable<string> parts) =>
        $"{name}[{string.Concat(parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Length}:{part}")))}]";

    private static LexRule Word(string text)
    {
        List<int[]> rows = [];
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        for (var i = 0; i <= bytes.Length; i++)
        {
            var row = new int[256];
            Array.Fill(row, ByteDfa.Dead);
            if (i < bytes.Length)
            {
                row[bytes[i]] = i + 1;
            }
            rows.Add(row);
        }
        return new LexRule(
            ByteDfa.Create(rows, [.. rows.Select((_, i) => i == bytes.Length)], [.. rows.Select(_ => false)])!, allowsAdded: true);
    }

    private static void ThrowIfLonger(string text, int most)
    {
        if (text.Length > most)
        {
            throw new ArgumentException($"The text has {text.Length} characters; accepted are up to {most}.", nameof(text));
        }
    }
}
