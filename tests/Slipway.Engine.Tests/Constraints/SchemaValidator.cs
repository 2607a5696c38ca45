using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Slipway.Engine.Tests.Constraints;

/// <summary>A plain reading of JSON Schema, value by value, that shares nothing with the engine's.</summary>
internal sealed class SchemaValidator(JsonNode root)
{
    /// <summary>What is wrong, first fault first; null when nothing is.</summary>
    public string? Check(JsonNode? value) => Check(value, root, "$");

    private string? Check(JsonNode? value, JsonNode? schema, string at)
    {
        if (schema is JsonValue flag)
        {
            return flag.GetValue<bool>() ? null : $"{at}: nothing is allowed here";
        }
        foreach (var (keyword, rule) in schema!.AsObject())
        {
            if (CheckKeyword(value, keyword, rule!, schema.AsObject(), at) is { } fault)
            {
                return fault;
            }
        }
        return null;
    }

    private string? CheckKeyword(JsonNode? value, string keyword, JsonNode rule, JsonObject schema, string at)
    {
        var holds = keyword switch
        {
            "type" => rule is JsonArray types ? types.Any(type => IsOf(value, type!, schema)) : IsOf(value, rule, schema),
            "enum" => rule.AsArray().Any(one => JsonNode.DeepEquals(one, value)),
            "const" => JsonNode.DeepEquals(rule, value),
            "minimum" => value is not JsonValue || !TryNumber(value, out var number) || number >= Number(rule),
            "maximum" => value is not JsonValue || !TryNumber(value, out var number) || number <= Number(rule),
            "exclusiveMinimum" => value is not JsonValue || !TryNumber(value, out var number) || number > Number(rule),
            "exclusiveMaximum" => value is not JsonValue || !TryNumber(value, out var number) || number < Number(rule),
            "minLength" => Text(value) is not { } text || text.EnumerateRunes().Count() >= Number(rule),
            "maxLength" => Text(value) is not { } text || text.EnumerateRunes().Count() <= Number(rule),
            "pattern" => Text(value) is not { } text || Regex.IsMatch(text, rule.GetValue<string>(), RegexOptions.ECMAScript),
            "format" => Text(value) is not { } text || HasFormat(text, rule.GetValue<string>()),
            "minItems" => value is not JsonArray array || array.Count >= Number(rule),
            "maxItems" => value is not JsonArray array || array.Count <= Number(rule),
            "minProperties" => value is not JsonObject members || members.Count >= Number(rule),
            "maxProperties" => value is not JsonObject members || members.Count <= Number(rule),
            "required" => value is not JsonObject members || rule.AsArray().All(name => members.ContainsKey(name!.GetValue<string>())),
            "anyOf" => rule.AsArray().Any(branch => Check(value, branch, at) is null),
            "oneOf" => rule.AsArray().Count(branch => Check(value, branch, at) is null) == 1,
            "allOf" => rule.AsArray().All(branch => Check(value, branch, at) is null),
            "$ref" => Check(value, Resolve(rule.GetValue<string>()), at) is null,
            _ => true,
        };
        return holds ? CheckInside(value, keyword, rule, schema, at) : $"{at}: {keyword} does not hold for {value?.ToJsonString()}";
    }

    private string? CheckInside(JsonNode? value, string keyword, JsonNode rule, JsonObject schema, string at)
    {
        IEnumerable<string?> faults = (keyword, value) switch
        {
            ("properties", JsonObject members) => members
                .Where(member => rule.AsObject().ContainsKey(member.Key))
                .Select(member => Check(member.Value, rule[member.Key], $"{at}.{member.Key}")),
            ("additionalProperties", JsonObject members) => members
                .Where(member => schema["properties"]?.AsObject().ContainsKey(member.Key) != true)
                .Select(member => Check(member.Value, rule, $"{at}.{member.Key}")),
            ("prefixItems", JsonArray items) => items.Zip(rule.AsArray(), (item, one) => Check(item, one, at)),
            ("items", JsonArray items) => items
                .Skip(schema["prefixItems"]?.AsArray().Count ?? 0)
                .Select(item => Check(item, rule, at)),
            _ => [],
        };
        return faults.FirstOrDefault(fault => fault is not null);
    }

    private static bool IsOf(JsonNode? value, JsonNode type, JsonObject schema) => type.GetValue<string>() switch
    {
        _ when value is null && schema["nullable"]?.GetValue<bool>() == true => true,
        "null" => value is null,
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "string" => value?.GetValueKind() == JsonValueKind.String,
        "number" => value?.GetValueKind() == JsonValueKind.Number,
        "integer" => value?.GetValueKind() == JsonValueKind.Number && Number(value) == Math.Floor(Number(value)),
        "array" => value is JsonArray,
        "object" => value is JsonObject,
        var other => throw new InvalidOperationException(other),
    };

    private static bool HasFormat(string text, string format) => format switch
    {
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) || text.StartsWith("0000", StringComparison.Ordinal),
        "date-time" => text.StartsWith("0000", StringComparison.Ordinal) || DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _)
            || Regex.IsMatch(text, @"^(\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-](1[5-9]|2\d|14):"), // Offsets of more than 14 hours are only beyond .NET.
        "uuid" => Guid.TryParseExact(text, "D", out _),
        "email" => System.Net.Mail.MailAddress.TryCreate(text, out _),
        "ipv4" => System.Net.IPAddress.TryParse(text, out var address) && address.ToString() == text,
        _ => throw new InvalidOperationException(format),
    };

    private JsonNode Resolve(string reference) =>
        reference.Split('/').Skip(1).Aggregate(root, (node, step) => node[step]!);

    private static string? Text(JsonNode? value) => value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    private static bool TryNumber(JsonNode value, out double number)
    {
        number = value.GetValueKind() == JsonValueKind.Number ? Number(value) : 0;
        return value.GetValueKind() == JsonValueKind.Number;
    }

    private static double Number(JsonNode value) => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);
}
