using System.Text.Json;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.HuggingFace;

namespace Slipway.Engine.Import;

/// <summary>The tokens that end a text by <c>config.json</c> and <c>generation_config.json</c>, as one id or as a list.</summary>
internal static class EndTokens
{
    private const string Key = "eos_token_id";
    private const int Most = 64;

    /// <exception cref="ModelFormatException">A value is neither an id nor a list of some.</exception>
    public static IReadOnlyList<int> Read(string folder, JsonElement config)
    {
        List<int> ids = [.. ReadFrom(config, "config.json")];
        var generation = Path.Combine(folder, "generation_config.json");
        if (File.Exists(generation))
        {
            using var document = JsonFile.Read(generation, longest: 4 << 20);
            ids.AddRange(ReadFrom(document.RootElement, "generation_config.json"));
        }
        return [.. ids.Distinct()];
    }

    private static IEnumerable<int> ReadFrom(JsonElement config, string file)
    {
        if (!config.TryGetProperty(Key, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return [];
        }
        JsonElement[] ids = value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= Most ? [.. value.EnumerateArray()] : [value];
        return ids.Select(id => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out var number) && number >= 0
            ? number
            : throw new ModelFormatException($"{file}: '{Key}' must be a token id, or a list of up to {Most}."));
    }
}
