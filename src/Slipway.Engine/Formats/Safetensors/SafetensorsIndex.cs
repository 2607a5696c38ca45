using System.Text.Json;
using Slipway.Engine.Formats.HuggingFace;

namespace Slipway.Engine.Formats.Safetensors;

/// <summary>Which shard holds which tensor: <c>model.safetensors.index.json</c>.</summary>
internal static class SafetensorsIndex
{
    public const string FileName = "model.safetensors.index.json";

    private const int LongestFile = 64 << 20;
    private const int MostShards = 1000;

    /// <summary>Tensor name → file name.</summary>
    /// <exception cref="ModelFormatException">It is broken, or names a file elsewhere.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        using var index = JsonFile.Read(path, LongestFile);
        if (!index.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
        {
            throw new ModelFormatException($"'{path}' has no object 'weight_map'.");
        }
        Dictionary<string, string> places = [];
        foreach (var entry in map.EnumerateObject())
        {
            var shard = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "";
            if (!IsPlainName(shard))
            {
                throw new ModelFormatException(
                    $"'{path}': tensor '{ShownText.Cut(entry.Name)}' is in {ShownText.Cut(entry.Value.GetRawText())}; "
                    + "accepted is the name of a .safetensors file in the same folder.");
            }
            if (!places.TryAdd(entry.Name, shard))
            {
                throw new ModelFormatException($"'{path}': tensor '{ShownText.Cut(entry.Name)}' appears twice.");
            }
        }
        var shards = places.Values.Distinct().Count();
        return shards is > 0 and <= MostShards
            ? places
            : throw new ModelFormatException($"'{path}' names {shards} files; accepted are 1 to {MostShards}.");
    }

    /// <summary>Both separators are refused everywhere: a file that one system refuses should not reach out of the folder on another.</summary>
    private static bool IsPlainName(string name) =>
        name.EndsWith(".safetensors", StringComparison.Ordinal) && name.Length <= 255 && name.AsSpan().IndexOfAny("/\\:\0") < 0;
}
