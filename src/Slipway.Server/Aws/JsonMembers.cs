using System.Text.Json;

namespace Slipway.Server.Aws;

/// <summary>Reads members of JSON that somebody else wrote: what is missing, or of another kind, is null.</summary>
internal static class JsonMembers
{
    public static string? Text(this JsonElement json, string name)
    {
        try
        {
            return json.Member(name, JsonValueKind.String)?.GetString();
        }
        catch (InvalidOperationException) // Its bytes or its escapes are no text.
        {
            return null;
        }
    }

    public static int? Int(this JsonElement json, string name) =>
        json.Member(name, JsonValueKind.Number) is { } value && value.TryGetInt32(out var number) ? number : null;

    public static long? Long(this JsonElement json, string name) =>
        json.Member(name, JsonValueKind.Number) is { } value && value.TryGetInt64(out var number) ? number : null;

    public static JsonElement? Object(this JsonElement json, string name) => json.Member(name, JsonValueKind.Object);

    public static JsonElement? List(this JsonElement json, string name) => json.Member(name, JsonValueKind.Array);

    /// <summary>A member of any kind but <c>null</c>.</summary>
    public static JsonElement? Any(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    private static JsonElement? Member(this JsonElement json, string name, JsonValueKind kind) =>
        json.Any(name) is { } value && value.ValueKind == kind ? value : null;
}
