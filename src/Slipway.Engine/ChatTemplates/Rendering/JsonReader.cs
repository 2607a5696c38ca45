using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Rendering;

/// <summary>JSON into values, as Python's <c>json.loads</c> reads it: 1 is an integer, 1.0 and 1e3 are floats.</summary>
internal static class JsonReader
{
    /// <exception cref="ChatTemplateException">
    /// Nested too deep, or JSON that was parsed lazily and turns out broken: a name twice in one object, half a surrogate pair.
    /// </exception>
    public static Value ReadInput(JsonNode input, string name, int maxDepth)
    {
        try
        {
            return Read(input, maxDepth, 0);
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException or JsonException)
        {
            throw new ChatTemplateException($"The {name} are not valid JSON: {fault.Message}", fault);
        }
    }

    private static Value Read(JsonNode? node, int maxDepth, int depth)
    {
        if (depth > maxDepth)
        {
            throw new ChatTemplateException($"The messages or variables are nested more than {maxDepth} deep.");
        }

        switch (node)
        {
            case null:
                return NoneValue.Instance;
            case JsonArray array:
                return new ListValue([.. array.Select(item => Read(item, maxDepth, depth + 1))]);
            case JsonObject members:
                var entries = DictValue.NewEntries();
                foreach (var (name, value) in members)
                {
                    entries[new TextValue(name)] = Read(value, maxDepth, depth + 1);
                }

                return new DictValue(entries);
            default:
                return ReadScalar(node.AsValue());
        }
    }

    private static Value ReadScalar(JsonValue value) => value.GetValueKind() switch
    {
        JsonValueKind.String => new TextValue(value.TryGetValue<string>(out var text) ? text : value.ToString()),
        JsonValueKind.True => BooleanValue.True,
        JsonValueKind.False => BooleanValue.False,
        JsonValueKind.Number => ReadNumber(value),
        _ => NoneValue.Instance,
    };

    private static Value ReadNumber(JsonValue value)
    {
        // A number made in code keeps its kind; one that was parsed keeps its writing.
        if (!value.TryGetValue<JsonElement>(out var element) && IsFloat(value))
        {
            return new FloatValue(double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture));
        }

        var text = element.ValueKind == JsonValueKind.Number ? element.GetRawText() : value.ToJsonString();
        return Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)
            ? new IntegerValue(integer)
            : new FloatValue(double.Parse(text, CultureInfo.InvariantCulture));
    }

    private static bool IsFloat(JsonValue value) =>
        value.TryGetValue<double>(out _) || value.TryGetValue<float>(out _) || value.TryGetValue<decimal>(out _);
}
