using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Import;
using Slipway.Models;

namespace Slipway.Commands;

/// <summary><c>slipway inspect</c>: what a model file holds.</summary>
internal static class InspectCommand
{
    private const int LongestText = 100;

    private static readonly Argument<string> FilePath = new("FILE")
    {
        Description = "A GGUF file (of a split one, its first part), a Hugging Face or ModelScope folder, or OWNER/NAME[:FORMAT] of a hub, pulled once.",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    public static Command Create()
    {
        var command = new Command("inspect", "Show the metadata and tensors of a model file or folder.") { FilePath, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var path = ModelPath.Resolve(await HubModels.FileOfAsync(arguments.GetRequiredValue(FilePath), tellsInLines: false, cancellationToken));
        if (ModelFacts.IsFolder(path))
        {
            FolderListing.Write(path, FolderContents.Read(path), arguments.GetValue(Json));
            return CommandLine.Success;
        }
        using var file = GgufFile.Open(path);
        if (arguments.GetValue(Json))
        {
            JsonLines.Write(new JsonObject
            {
                ["bytes"] = file.Length,
                ["parameters"] = file.Tensors.Sum(tensor => tensor.ElementCount),
                ["metadata"] = new JsonObject(file.Metadata.Keys.Select(key => KeyValuePair.Create(key, ToJson(file.Metadata, key)))),
                ["tensors"] = new JsonArray([.. file.Tensors.Select(ToJson)]),
            });
        }
        else
        {
            Print(file);
        }
        return CommandLine.Success;
    }

    private static void Print(GgufFile file)
    {
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{file.Path}: {file.Length:N0} bytes, {file.Tensors.Sum(tensor => tensor.ElementCount):N0} parameters"));
        foreach (var key in file.Metadata.Keys)
        {
            var text = ToJson(file.Metadata, key)?.ToJsonString(JsonLines.Options) ?? "";
            Console.Out.WriteLine($"  {key,-44} {(text.Length > LongestText ? text[..LongestText] + "…" : text)}");
        }
        foreach (var tensor in file.Tensors)
        {
            Console.Out.WriteLine($"  {tensor.Name,-32} {tensor.Type,-5} {string.Join(" × ", tensor.Dimensions)}");
        }
    }

    /// <summary>Lists are told by their length: a vocabulary would drown the rest.</summary>
    private static JsonNode? ToJson(GgufMetadata metadata, string key) => metadata.TypeOf(key) switch
    {
        GgufValueType.String => metadata.GetString(key),
        GgufValueType.Bool => metadata.GetBool(key),
        GgufValueType.Float32 or GgufValueType.Float64 => metadata.GetNumber(key),
        GgufValueType.Array => string.Create(CultureInfo.InvariantCulture, $"[{metadata.ArrayLength(key)} values]"),
        _ => metadata.GetInteger(key),
    };

    private static JsonNode ToJson(GgufTensor tensor) => new JsonObject
    {
        ["name"] = tensor.Name,
        ["type"] = tensor.Type.ToString(),
        ["dimensions"] = new JsonArray([.. tensor.Dimensions.Select(length => (JsonNode)length)]),
        ["bytes"] = tensor.ByteLength,
    };
}
