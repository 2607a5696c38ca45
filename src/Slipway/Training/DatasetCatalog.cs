using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Training;

/// <summary>Finds the files that the dataset keys name: paths, or names in <c>dataset_info.json</c> as LLaMA-Factory keeps them.</summary>
/// <param name="folder">Where the training file lies.</param>
/// <param name="datasetFolder">Where <c>dataset_info.json</c> and its files lie.</param>
internal sealed class DatasetCatalog(string folder, string datasetFolder)
{
    private const string CatalogName = "dataset_info.json";
    private const int LargestCatalog = 1 << 20;

    private static readonly string[] Maps = ["columns", "tags"];
    private static readonly string[] NotDone = ["ranking", "subset", "folder", "num_samples", "hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name"];

    // Lines are recognised by their keys; a catalogue may say the same, but nothing else.
    private static readonly Dictionary<string, string[]> Words = new(StringComparer.Ordinal)
    {
        ["prompt"] = ["instruction", "text"],
        ["query"] = ["input"],
        ["response"] = ["output"],
        ["history"] = ["history"],
        ["messages"] = ["messages", "conversations"],
        ["system"] = ["system"],
        ["tools"] = ["tools"],
        ["role_tag"] = ["role", "from"],
        ["content_tag"] = ["content", "value"],
        ["user_tag"] = ["user", "human"],
        ["assistant_tag"] = ["assistant", "gpt"],
        ["observation_tag"] = ["observation", "tool"],
        ["function_tag"] = ["function_call", "function"],
        ["system_tag"] = ["system"],
    };

    private JsonObject? _entries;

    /// <summary>The file that a name or a path means; null, with the reason, where there is none.</summary>
    public (string? Path, string Fault) Find(string name)
    {
        foreach (var path in new[] { Path.GetFullPath(name, folder), Path.GetFullPath(name, datasetFolder) })
        {
            if (File.Exists(path))
            {
                return (path, "");
            }
        }
        return name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase)
            ? (null, $"there is no file '{name}' in '{folder}'")
            : FindNamed(name);
    }

    private (string? Path, string Fault) FindNamed(string name)
    {
        if (!TryReadCatalog(out var fault))
        {
            return (null, fault);
        }
        if (_entries![name] is not JsonObject entry)
        {
            var nearest = NearestWord.Find(name, _entries.Select(one => one.Key)) is { } word ? $"; did you mean '{word}'?" : "";
            return (null, $"'{name}' is neither a file nor a name in '{Path.Combine(datasetFolder, CatalogName)}'{nearest}");
        }
        if (NotDone.FirstOrDefault(key => IsSet(entry[key])) is { } notDone)
        {
            return (null, $"'{name}' has '{notDone}' in {CatalogName}, which is not done here; accepted is file_name, a JSONL file on this machine");
        }
        if (OtherWords(entry) is { } other)
        {
            return (null, $"'{name}' {other}");
        }
        if (entry["file_name"] is not JsonValue value || !value.TryGetValue(out string? file))
        {
            return (null, $"'{name}' has no file_name in {CatalogName}");
        }
        var path = Path.GetFullPath(file, datasetFolder);
        return File.Exists(path) ? (path, "") : (null, $"'{name}' is the file '{path}', which does not exist");
    }

    private static bool IsSet(JsonNode? node) => node is not null && node.GetValueKind() != JsonValueKind.False;

    /// <summary>A column or tag that a line would have under another name than those that are recognised.</summary>
    private static string? OtherWords(JsonObject entry) => (
        from map in Maps
        from pair in entry[map] as JsonObject ?? []
        let accepted = Words.GetValueOrDefault(pair.Key)
        let given = pair.Value is JsonValue value && value.TryGetValue(out string? text) ? text : pair.Value?.ToJsonString()
        where given is not null && accepted?.Contains(given) != true
        select accepted is null
            ? $"has '{pair.Key}' among its {map} in {CatalogName}, which is not known here"
            : $"has {map}.{pair.Key} = '{given}' in {CatalogName}; accepted is {string.Join(" or ", accepted)}").FirstOrDefault();

    private bool TryReadCatalog(out string fault)
    {
        fault = "";
        if (_entries is not null)
        {
            return true;
        }
        var path = Path.Combine(datasetFolder, CatalogName);
        if (!File.Exists(path) || new FileInfo(path).Length > LargestCatalog)
        {
            fault = $"it is no file in '{folder}', and '{path}', where names are looked up, {(File.Exists(path) ? $"has over {LargestCatalog} bytes" : "does not exist")}";
            return false;
        }
        try
        {
            _entries = JsonNode.Parse(File.ReadAllText(path)) as JsonObject;
            fault = _entries is null ? $"'{path}' is not a JSON object" : "";
            _ = _entries?.Count; // Repeated keys show here.
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            _entries = null;
            fault = $"'{path}' cannot be read: {exception.Message}";
        }
        return _entries is not null;
    }
}
