using System.Text.Json;
using Slipway.Server.Tests.House;

namespace Slipway.Server.Tests.Features.Gateway;

/// <summary>Holds answers against the schemas of OpenAI's own document.</summary>
internal static class OpenAiDocument
{
    private static readonly JsonElement Schemas =
        JsonSerializer.Deserialize<JsonElement>(Sources.Read("tests/data/openai/schemas.json")).GetProperty("components").GetProperty("schemas");

    /// <summary>Fails with every place where <paramref name="answer"/> is not what <paramref name="schema"/> says.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="schema">Its name in the document.</param>
    /// <param name="except">Places to leave out, where OpenAI's own service differs from its document.</param>
    public static void Check(JsonElement answer, string schema, params string[] except)
    {
        var faults = Faults(answer, Schemas.GetProperty(schema), "$").Where(fault => !except.Any(fault.StartsWith)).ToList();

        Assert.True(faults.Count == 0, $"{string.Join('\n', faults)}\n{answer}");
    }

    private static List<string> Faults(JsonElement value, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            var faults = Faults(value, Schemas.GetProperty(reference.GetString()!.Split('/')[^1]), path);
            return IsNullable(schema) && value.ValueKind == JsonValueKind.Null ? [] : faults;
        }

        if (value.ValueKind == JsonValueKind.Null && IsNullable(schema))
        {
            return [];
        }

        List<string> found = [];
        foreach (var name in (string[])["anyOf", "oneOf"])
        {
            if (schema.TryGetProperty(name, out var options))
            {
                var attempts = options.EnumerateArray().Select(option => Faults(value, option, path)).ToList();
                found.AddRange(attempts.Exists(attempt => attempt.Count == 0) ? [] : attempts.MinBy(attempt => attempt.Count)!);
            }
        }

        if (schema.TryGetProperty("allOf", out var all))
        {
            found.AddRange(all.EnumerateArray().SelectMany(part => Faults(value, part, path)));
        }

        if (schema.TryGetProperty("type", out var type) && !IsOf(value, type.GetString()!))
        {
            return [.. found, $"{path}: {value.ValueKind} where {type} belongs"];
        }

        if (schema.TryGetProperty("enum", out var permitted) && !permitted.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)))
        {
            found.Add($"{path}: {value} is none of {permitted}");
        }

        return [.. found, .. MemberFaults(value, schema, path), .. ItemFaults(value, schema, path)];
    }

    private static IEnumerable<string> MemberFaults(JsonElement value, JsonElement schema, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return [];
        }

        var missing = schema.TryGetProperty("required", out var required)
            ? required.EnumerateArray().Select(name => name.GetString()!).Where(name => !value.TryGetProperty(name, out _))
            : [];
        var known = schema.TryGetProperty("properties", out var properties) ? properties : default;
        var more = schema.TryGetProperty("additionalProperties", out var additional) && additional.ValueKind == JsonValueKind.Object
            ? additional : default;
        var members =
            from member in value.EnumerateObject()
            let own = known.ValueKind == JsonValueKind.Object && known.TryGetProperty(member.Name, out var found) ? found : more
            where own.ValueKind == JsonValueKind.Object
            from fault in Faults(member.Value, own, $"{path}.{member.Name}")
            select fault;
        return [.. missing.Select(name => $"{path}.{name}: missing"), .. members];
    }

    private static IEnumerable<string> ItemFaults(JsonElement value, JsonElement schema, string path) =>
        value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items)
            ? value.EnumerateArray().SelectMany((item, index) => Faults(item, items, $"{path}[{index}]"))
            : [];

    private static bool IsNullable(JsonElement schema) => schema.TryGetProperty("nullable", out var nullable) && nullable.GetBoolean();

    private static bool IsOf(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "number" => value.ValueKind == JsonValueKind.Number,
        _ => throw new InvalidOperationException($"The document has a type '{type}'."),
    };
}
