using System.Text.Json.Nodes;
using Slipway.Engine.Constraints.Automata;

namespace Slipway.Engine.Constraints.Schemas;

/// <summary>All that several schemas together say about one value, their unions and references aside.</summary>
internal sealed class ValueConstraints
{
    private static readonly HashSet<string> Ignored =
    [
        "$schema", "$id", "$comment", "$defs", "definitions", "$anchor", "$vocabulary", "$ref", "allOf", "anyOf", "oneOf", "nullable", "title",
        "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "contentEncoding", "contentMediaType",
        "contentSchema", "discriminator", "externalDocs", "xml",
    ];

    private readonly List<SchemaPart> _parts;
    private JsonTypes _about;

    public ValueConstraints(List<SchemaPart> parts)
    {
        _parts = parts;
        foreach (var part in parts)
        {
            foreach (var (keyword, node) in (JsonObject)part.Node!)
            {
                if (!Ignored.Contains(keyword) && !keyword.StartsWith("x-", StringComparison.Ordinal))
                {
                    Read(part, keyword, node, $"{part.Path}.{keyword}");
                }
            }
        }
        // A schema that speaks of members means objects, although it would let anything else pass.
        Types = _about != JsonTypes.None && !parts.Exists(part => part["type"] is not null) ? Types & _about : Types;
    }

    /// <summary>Where to point when the parts together are at fault.</summary>
    public string Path => _parts[0].Path;

    public JsonTypes Types { get; private set; } = JsonTypes.All;

    /// <summary>Whether anything more than types and values is said.</summary>
    public bool HasDetails => _about != JsonTypes.None;

    /// <summary>The only values accepted; null where any is.</summary>
    public List<JsonNode?>? Values { get; private set; }

    public int MinLength { get; private set; }

    public int? MaxLength { get; private set; }

    public (string Pattern, string Path)? Pattern { get; private set; }

    public (string Format, string Path)? Format { get; private set; }

    public NumberBound? Min { get; private set; }

    public NumberBound? Max { get; private set; }

    public int MinItems { get; private set; }

    public int? MaxItems { get; private set; }

    /// <summary>How many items have schemas of their own.</summary>
    public int PrefixCount { get; private set; }

    public int MinMembers { get; private set; }

    public int? MaxMembers { get; private set; }

    /// <summary>Declared members, then required ones that nobody declares.</summary>
    public List<string> Names { get; } = [];

    public HashSet<string> Required { get; } = [];

    /// <summary>What the member of this name must satisfy.</summary>
    public IEnumerable<SchemaPart> Member(string name)
    {
        foreach (var part in _parts)
        {
            if (part["properties"] is JsonObject declared && declared.ContainsKey(name))
            {
                yield return new SchemaPart(declared[name], $"{part.Path}.properties.{name}");
            }
            else if (part["additionalProperties"] is not null)
            {
                yield return part.Child("additionalProperties");
            }
        }
    }

    /// <summary>What members that nobody declares must satisfy.</summary>
    public IEnumerable<SchemaPart> OtherMembers() =>
        _parts.Where(part => part["additionalProperties"] is not null).Select(part => part.Child("additionalProperties"));

    /// <summary>What the item at this place must satisfy.</summary>
    public IEnumerable<SchemaPart> Item(int index)
    {
        foreach (var part in _parts)
        {
            if (part["prefixItems"] is JsonArray prefix && index < prefix.Count)
            {
                yield return new SchemaPart(prefix[index], $"{part.Path}.prefixItems[{index}]");
            }
            else if (part["items"] is not null)
            {
                yield return part.Child("items");
            }
        }
    }

    private void Read(SchemaPart part, string keyword, JsonNode? node, string path)
    {
        switch (keyword)
        {
            case "type":
                var isNullable = part["nullable"] is { } nullable && SchemaReader.Flag(nullable, part.Path + ".nullable");
                Types &= SchemaReader.Types(node, path) | (isNullable ? JsonTypes.Null : JsonTypes.None);
                break;
            case "const":
                KeepValues([node]);
                break;
            case "enum":
                KeepValues(node is JsonArray { Count: > 0 } list
                    ? [.. list]
                    : throw new UnsupportedSchemaException(path, "anything but a list of one or more values"));
                break;
            case "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum" or "multipleOf":
                _about |= JsonTypes.Number;
                ReadNumber(keyword, SchemaReader.Number(node, path), path);
                break;
            case "minLength" or "maxLength" or "pattern" or "format":
                _about |= JsonTypes.String;
                ReadString(keyword, node, path);
                break;
            case "items" or "prefixItems" or "minItems" or "maxItems" or "uniqueItems":
                _about |= JsonTypes.Array;
                ReadArray(part, keyword, node, path);
                break;
            case "properties" or "required" or "additionalProperties" or "minProperties" or "maxProperties":
                _about |= JsonTypes.Object;
                ReadObject(keyword, node, path);
                break;
            default:
                throw new UnsupportedSchemaException(path, $"the keyword '{keyword}'");
        }
    }

    private void KeepValues(List<JsonNode?> values) =>
        Values = Values is null ? values : Values.FindAll(value => values.Exists(other => JsonNode.DeepEquals(value, other)));

    private void ReadNumber(string keyword, decimal number, string path)
    {
        if (keyword == "multipleOf")
        {
            Types &= number == 1 ? ~JsonTypes.Fraction : throw new UnsupportedSchemaException(path, $"multipleOf {number}");
            return;
        }
        var isExclusive = keyword.StartsWith("exclusive", StringComparison.Ordinal);
        var bound = new NumberBound(number, isExclusive);
        if (keyword.EndsWith("inimum", StringComparison.Ordinal))
        {
            Min = Min is { } min && (min.Value > number || (min.Value == number && min.IsExclusive)) ? min : bound;
        }
        else
        {
            Max = Max is { } max && (max.Value < number || (max.Value == number && max.IsExclusive)) ? max : bound;
        }
    }

    private void ReadString(string keyword, JsonNode? node, string path)
    {
        switch (keyword)
        {
            case "minLength":
                MinLength = Math.Max(MinLength, SchemaReader.Count(node, path));
                break;
            case "maxLength":
                MaxLength = Math.Min(MaxLength ?? int.MaxValue, SchemaReader.Count(node, path));
                break;
            case "pattern":
                Pattern = Pattern is null
                    ? (SchemaReader.Text(node, path), path)
                    : throw new UnsupportedSchemaException(path, "a second pattern for one value");
                break;
            default:
                Format = Format is null
                    ? (SchemaReader.Text(node, path), path)
                    : throw new UnsupportedSchemaException(path, "a second format for one value");
                break;
        }
        if (Pattern is not null && Format is not null)
        {
            throw new UnsupportedSchemaException(path, "pattern and format for one value");
        }
    }

    private void ReadArray(SchemaPart part, string keyword, JsonNode? node, string path)
    {
        switch (keyword)
        {
            case "minItems":
                MinItems = Math.Max(MinItems, SchemaReader.Count(node, path));
                break;
            case "maxItems":
                MaxItems = Math.Min(MaxItems ?? int.MaxValue, SchemaReader.Count(node, path));
                break;
            case "prefixItems":
                PrefixCount = Math.Max(PrefixCount, part.Children(keyword).Count());
                break;
            case "items" when node is JsonArray:
                throw new UnsupportedSchemaException(path, "items as a list (prefixItems is)");
            case "uniqueItems" when SchemaReader.Flag(node, path):
                throw new UnsupportedSchemaException(path, "uniqueItems");
        }
    }

    private void ReadObject(string keyword, JsonNode? node, string path)
    {
        switch (keyword)
        {
            case "minProperties":
                MinMembers = Math.Max(MinMembers, SchemaReader.Count(node, path));
                break;
            case "maxProperties":
                MaxMembers = Math.Min(MaxMembers ?? int.MaxValue, SchemaReader.Count(node, path));
                break;
            case "properties":
                AddNames(node is JsonObject declared
                    ? declared.Select(member => member.Key)
                    : throw new UnsupportedSchemaException(path, "anything but an object"));
                break;
            case "required":
                Required.UnionWith(node is JsonArray list
                    ? list.Select(name => SchemaReader.Text(name, path))
                    : throw new UnsupportedSchemaException(path, "anything but a list of names"));
                break;
        }
    }

    private void AddNames(IEnumerable<string> names) => Names.AddRange(names.Except(Names).ToList());
}
