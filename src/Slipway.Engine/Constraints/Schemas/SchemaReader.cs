using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Engine.Constraints.Schemas;

/// <summary>Reads the values of keywords; what is of another kind is refused with its place.</summary>
internal static class SchemaReader
{
    /// <summary>Counts beyond this are of no use for an output.</summary>
    private const int MaxCount = 1_000_000;

    private static readonly Dictionary<string, JsonTypes> TypeNames = new()
    {
        ["null"] = JsonTypes.Null,
        ["boolean"] = JsonTypes.Boolean,
        ["string"] = JsonTypes.String,
        ["integer"] = JsonTypes.Integer,
        ["number"] = JsonTypes.Number,
        ["array"] = JsonTypes.Array,
        ["object"] = JsonTypes.Object,
    };

    public static string Text(JsonNode? node, string path) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.String
            ? value.GetValue<string>()
            : throw new UnsupportedSchemaException(path, "anything but a string");

    public static bool Flag(JsonNode? node, string path) =>
        node is JsonValue value && value.GetValueKind() is JsonValueKind.True or JsonValueKind.False
            ? node.GetValueKind() == JsonValueKind.True
            : throw new UnsupportedSchemaException(path, "anything but true or false");

    /// <summary>A number, exactly.</summary>
    public static decimal Number(JsonNode? node, string path)
    {
        if (node?.GetValueKind() != JsonValueKind.Number)
        {
            throw new UnsupportedSchemaException(path, "anything but a number");
        }
        var text = node.ToJsonString();
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && IsExact(text, number)
            ? number
            : throw new UnsupportedSchemaException(path, $"the number {text} (up to 28 digits are kept exactly)");
    }

    public static int Count(JsonNode? node, string path)
    {
        var number = Number(node, path);
        return number is >= 0 and <= MaxCount && number == Math.Floor(number)
            ? (int)number
            : throw new UnsupportedSchemaException(path, $"the count {number} (0 to {MaxCount} are)");
    }

    public static JsonTypes Types(JsonNode? node, string path) => node switch
    {
        JsonArray { Count: > 0 } list => list.Aggregate(JsonTypes.None, (types, name) => types | Type(name, path)),
        _ => Type(node, path),
    };

    public static JsonTypes TypeOf(JsonNode? node) => node?.GetValueKind() switch
    {
        null or JsonValueKind.Null => JsonTypes.Null,
        JsonValueKind.True or JsonValueKind.False => JsonTypes.Boolean,
        JsonValueKind.String => JsonTypes.String,
        JsonValueKind.Array => JsonTypes.Array,
        JsonValueKind.Object => JsonTypes.Object,
        _ => decimal.TryParse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number == Math.Floor(number) ? JsonTypes.Integer : JsonTypes.Fraction,
    };

    private static JsonTypes Type(JsonNode? node, string path) =>
        TypeNames.TryGetValue(Text(node, path), out var type)
            ? type
            : throw new UnsupportedSchemaException(path, $"the type '{Text(node, path)}'");

    /// <summary>A decimal that lost digits would move the border.</summary>
    private static bool IsExact(string text, decimal number) =>
        number != 0 || !text.AsSpan(0, text.AsSpan().IndexOfAny('e', 'E') is >= 0 and var end ? end : text.Length).ContainsAnyInRange('1', '9')
            ? text.Count(char.IsAsciiDigit) <= 28 || number == Math.Floor(number)
            : false;
}
