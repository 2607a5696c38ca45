using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Slipway.Engine.Constraints.Matching;

namespace Slipway.Engine.Constraints.Schemas;

/// <summary>Turns a JSON schema into rules.</summary>
/// <remarks>
/// Schemas that hold together (a schema, what it refers to, its allOf) are read as one. A union multiplies them: each branch
/// is read together with all that stands beside it. The same set of schemas is compiled once, so recursion ends.
/// </remarks>
internal sealed class SchemaCompiler(JsonNode schema, OutputGrammarOptions options)
{
    private const int MaxSets = 3_000;
    private const int MaxDepth = 100;

    private readonly SchemaReferences _references = new(schema);
    private readonly Dictionary<JsonNode, int> _numbers = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, ChoiceRule> _compiled = [];
    private readonly AnyJson _any = new(options);
    private readonly ScalarRules _scalars = new(options);
    private int _depth;

    /// <summary>The rule of the whole schema. It may be one that nothing satisfies.</summary>
    /// <exception cref="UnsupportedSchemaException">Something is not supported, or there is too much of it.</exception>
    public Rule Compile() => CompileAll([new SchemaPart(schema, "$")]);

    /// <summary>The rule of values that satisfy all of these.</summary>
    private Rule CompileAll(IEnumerable<SchemaPart> parts)
    {
        List<SchemaPart> all = [];
        return parts.Aggregate(true, (canBe, part) => canBe & _references.TryAdd(part, all)) ? CompileSet(all) : new ChoiceRule();
    }

    private Rule CompileSet(List<SchemaPart> parts)
    {
        if (parts.Count == 0)
        {
            return _any.Value;
        }
        var key = string.Join(',', parts.Select(Describe).Order(StringComparer.Ordinal));
        if (_compiled.TryGetValue(key, out var known))
        {
            return known;
        }
        var path = parts[^1].Path;
        if (_compiled.Count == MaxSets)
        {
            throw new UnsupportedSchemaException(path, $"a schema of more than {MaxSets} parts and combinations");
        }
        if (++_depth > MaxDepth)
        {
            throw new UnsupportedSchemaException(path, $"a schema nested more than {MaxDepth} deep");
        }
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var rule = _compiled[key] = new ChoiceRule();
        rule.Options = CompileUnion(parts) ?? CompileValue(new ValueConstraints(parts));
        _depth--;
        return rule;
    }

    private string Describe(SchemaPart part)
    {
        if (!_numbers.TryGetValue(part.Node!, out var number))
        {
            _numbers.Add(part.Node!, number = _numbers.Count);
        }
        return string.Create(CultureInfo.InvariantCulture, $"{number}{(part.AnyOfIsDone ? "a" : "")}{(part.OneOfIsDone ? "o" : "")}");
    }

    /// <summary>The branches of the first union that is still whole; null when there is none.</summary>
    private Rule[]? CompileUnion(List<SchemaPart> parts)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            var part = parts[i];
            if (!part.AnyOfIsDone && part["anyOf"] is not null)
            {
                return Branches(parts, i, part with { AnyOfIsDone = true }, [.. part.Children("anyOf")]);
            }
            if (!part.OneOfIsDone && part["oneOf"] is not null)
            {
                List<SchemaPart> branches = [.. part.Children("oneOf")];
                new OneOfBranches(_references).Check(branches);
                return Branches(parts, i, part with { OneOfIsDone = true }, branches);
            }
        }
        return null;
    }

    private Rule[] Branches(List<SchemaPart> parts, int index, SchemaPart done, List<SchemaPart> branches)
    {
        List<Rule> rules = [];
        foreach (var branch in branches)
        {
            List<SchemaPart> all = [.. parts];
            all[index] = done;
            if (_references.TryAdd(branch, all))
            {
                rules.Add(CompileSet(all));
            }
        }
        return [.. rules.Distinct()];
    }

    private Rule[] CompileValue(ValueConstraints value)
    {
        if (value.Values is { } values)
        {
            return value.HasDetails
                ? throw new UnsupportedSchemaException(value.Path, "enum or const beside keywords that restrict its values")
                : _scalars.Values(values.FindAll(one => (SchemaReader.TypeOf(one) & value.Types) != 0), value.Path);
        }
        List<Rule> rules = [];
        void AddIf(JsonTypes types, Func<Rule> make)
        {
            if ((value.Types & types) != 0)
            {
                rules.Add(make());
            }
        }
        AddIf(JsonTypes.Object, () => new ObjectRules(options, _any.Value).Compile(value, CompileAll));
        AddIf(JsonTypes.Array, () => ArrayRules.Compile(value, CompileAll, options.MaxUnboundedLength));
        AddIf(JsonTypes.String, () => _scalars.String(value));
        AddIf(JsonTypes.Number, () => _scalars.Number(value));
        AddIf(JsonTypes.Boolean, () => JsonRules.Boolean);
        AddIf(JsonTypes.Null, () => JsonRules.Null);
        return [.. rules];
    }
}
