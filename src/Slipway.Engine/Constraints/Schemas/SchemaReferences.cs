using System.Globalization;
using System.Text.Json.Nodes;

namespace Slipway.Engine.Constraints.Schemas;

/// <summary>Follows $ref and allOf until the schemas that a value must satisfy lie side by side.</summary>
internal sealed class SchemaReferences(JsonNode root)
{
    private const int MaxParts = 256;

    /// <summary>Adds a schema and all that it includes; false when one of them accepts nothing.</summary>
    /// <exception cref="UnsupportedSchemaException">A reference leads nowhere, outside or to itself.</exception>
    public bool TryAdd(SchemaPart part, List<SchemaPart> parts) => TryAdd(part, parts, []);

    private bool TryAdd(SchemaPart part, List<SchemaPart> parts, List<JsonNode> active)
    {
        if (part.Node is JsonValue value && value.TryGetValue<bool>(out var accepts))
        {
            return accepts;
        }
        if (part.Node is not JsonObject node)
        {
            throw new UnsupportedSchemaException(part.Path, "a schema that is neither an object nor a boolean");
        }
        var known = parts.Find(other => ReferenceEquals(other.Node, node));
        if (active.Contains(node) || known is { AnyOfIsDone: true } or { OneOfIsDone: true })
        {
            throw new UnsupportedSchemaException(part.Path, "a $ref that leads back to itself with no object or array between");
        }
        if (known is not null)
        {
            return true;
        }
        if (parts.Count == MaxParts)
        {
            throw new UnsupportedSchemaException(part.Path, $"more than {MaxParts} schemas for one value");
        }
        parts.Add(part);
        active.Add(node);
        var result = part["$ref"] is not { } reference || TryAdd(Resolve(reference, part.Path + ".$ref"), parts, active);
        foreach (var child in part.Children("allOf"))
        {
            result &= TryAdd(child, parts, active);
        }
        active.RemoveAt(active.Count - 1);
        return result;
    }

    private SchemaPart Resolve(JsonNode reference, string path)
    {
        var text = SchemaReader.Text(reference, path);
        if (text != "#" && !text.StartsWith("#/", StringComparison.Ordinal))
        {
            throw new UnsupportedSchemaException(path, $"a reference to '{text}' (only those that begin with #/ are followed)");
        }
        var (node, place) = ((JsonNode?)root, "$");
        foreach (var step in text.Length == 1 ? [] : text[2..].Split('/'))
        {
            var name = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            node = node switch
            {
                JsonObject members => members[name],
                JsonArray items when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                    && index < items.Count => items[index],
                _ => null,
            };
            place += node?.Parent is JsonArray ? $"[{name}]" : $".{name}";
        }
        return node is null
            ? throw new UnsupportedSchemaException(path, $"a reference to '{text}', which the schema does not have")
            : new SchemaPart(node, place);
    }
}
