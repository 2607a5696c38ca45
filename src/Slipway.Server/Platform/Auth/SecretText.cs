using System.Text.Json;

namespace Slipway.Server.Platform.Auth;

/// <summary>The keys that a secret may hold: one as plain text, several as a JSON list, or a JSON object with keys for models.</summary>
internal static class SecretText
{
    /// <summary>The name under which a key for every model stands in an object.</summary>
    public const string EveryModel = "bedrock-access-gateway-apikey";

    private const int LongestText = 1 << 20;
    private const int LongestKey = 512;

    /// <summary>Each key with the models that it is for, or null for every model.</summary>
    /// <exception cref="FormatException">It is none of these; the message does not repeat any of it.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>?> Read(string text)
    {
        var trimmed = text.Trim();
        if (trimmed.Length is 0 or > LongestText)
        {
            throw new FormatException($"The secret has {trimmed.Length} characters; accepted is 1 to {LongestText}.");
        }
        Dictionary<string, IReadOnlyList<string>?> keys = new(StringComparer.Ordinal);
        if (trimmed[0] is '{' or '[' or '"')
        {
            ReadJson(trimmed, keys);
        }
        else
        {
            Add(keys, trimmed, model: null);
        }
        return keys.Count > 0 ? keys : throw new FormatException("The secret holds no key.");
    }

    private static void ReadJson(string text, Dictionary<string, IReadOnlyList<string>?> keys)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 4 });
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                AddAll(keys, json.RootElement, model: null);
                return;
            }
            foreach (var field in json.RootElement.EnumerateObject())
            {
                AddAll(keys, field.Value, field.NameEquals(EveryModel) ? null : field.Name);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The parser's own message may quote the text.
            throw new FormatException(
                "The secret begins as JSON and is none; accepted are a plain key, a JSON list of keys, "
                + $"{{\"{EveryModel}\": \"key\"}} and {{\"model id/tag\": \"key\"}}.");
        }
    }

    private static void AddAll(Dictionary<string, IReadOnlyList<string>?> keys, JsonElement value, string? model)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray())
            {
                Add(keys, Text(item), model);
            }
        }
        else
        {
            Add(keys, Text(value), model);
        }
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? value.GetString()!.Trim()
        : throw new FormatException($"The secret holds a {value.ValueKind} where a key belongs; accepted is text.");

    private static void Add(Dictionary<string, IReadOnlyList<string>?> keys, string key, string? model)
    {
        if (key.Length is 0 or > LongestKey || key.Any(char.IsControl))
        {
            throw new FormatException(
                $"A key in the secret has {key.Length} characters; accepted is 1 to {LongestKey}, none of them a control character.");
        }
        // The same key may stand for several models; once it stands for every model, it does.
        keys[key] = model is null || (keys.TryGetValue(key, out var models) && models is null) ? null : [.. models ?? [], model];
    }
}
