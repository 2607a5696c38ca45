using System.Text.Json.Nodes;

namespace Slipway.Engine.Constraints.Schemas;

/// <summary>One of the schemas that a value must satisfy together.</summary>
/// <param name="Node">The schema: an object or a boolean.</param>
/// <param name="Path">Where it stands, from <c>$</c>.</param>
/// <param name="AnyOfIsDone">Whether a branch of its anyOf is already among the others.</param>
/// <param name="OneOfIsDone">Whether a branch of its oneOf is already among the others.</param>
internal sealed record SchemaPart(JsonNode? Node, string Path, bool AnyOfIsDone = false, bool OneOfIsDone = false)
{
    /// <summary>A keyword of this schema; null where it is absent.</summary>
    public JsonNode? this[string keyword] => (Node as JsonObject)?[keyword];

    /// <summary>A schema inside of this one.</summary>
    public SchemaPart Child(string keyword) => new(this[keyword], $"{Path}.{keyword}");

    /// <summary>One of the schemas in a list of them.</summary>
    public IEnumerable<SchemaPart> Children(string keyword) => this[keyword] switch
    {
        null => [],
        JsonArray { Count: > 0 } list => list.Select((node, i) => new SchemaPart(node, $"{Path}.{keyword}[{i}]")),
        _ => throw new UnsupportedSchemaException($"{Path}.{keyword}", "anything but a list of one or more schemas"),
    };
}
