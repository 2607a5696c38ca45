using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Engine.Import;

namespace Slipway.Commands;

/// <summary>What <c>slipway inspect</c> says of a folder.</summary>
internal static class FolderListing
{
    private const int LongestText = 100;

    public static void Write(string path, FolderContents contents, bool asJson)
    {
        if (asJson)
        {
            JsonLines.Write(new JsonObject
            {
                ["bytes"] = contents.ByteLength,
                ["parameters"] = Parameters(contents),
                ["metadata"] = contents.Configuration.DeepClone(),
                ["tensors"] = new JsonArray([.. contents.Tensors.Select(ToJson)]),
                ["notes"] = new JsonArray([.. contents.Notes.Select(note => (JsonNode)note)]),
            });
            return;
        }
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{path}: {contents.ByteLength:N0} bytes, {Parameters(contents):N0} parameters"));
        foreach (var (key, value) in contents.Configuration)
        {
            var text = value?.ToJsonString(JsonLines.Options) ?? "null";
            Console.Out.WriteLine($"  {key,-44} {(text.Length > LongestText ? text[..LongestText] + "…" : text)}");
        }
        foreach (var tensor in contents.Tensors)
        {
            Console.Out.WriteLine($"  {tensor.Name,-52} {tensor.Type,-5} {string.Join(" × ", tensor.Dimensions)}");
        }
        foreach (var note in contents.Notes)
        {
            Console.Out.WriteLine(note);
        }
    }

    private static long Parameters(FolderContents contents) =>
        contents.Tensors.Sum(tensor => tensor.Dimensions.Aggregate(1L, (product, length) => product * length));

    private static JsonNode ToJson(FolderTensor tensor) => new JsonObject
    {
        ["name"] = tensor.Name,
        ["type"] = tensor.Type.ToString(),
        ["dimensions"] = new JsonArray([.. tensor.Dimensions.Select(length => (JsonNode)length)]),
        ["bytes"] = tensor.ByteLength,
    };
}
