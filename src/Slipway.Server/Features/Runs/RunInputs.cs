using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Client.Projects;
using Slipway.Server.Features.Datasets;
using Slipway.Server.Features.Runs.Executors;
using Slipway.Server.Features.TrainingConfigs;
using Slipway.Server.Features.TrainingConfigs.Yaml;
using Slipway.Server.Platform.Files;

namespace Slipway.Server.Features.Runs;

/// <summary>What a run is made of, found and named.</summary>
internal sealed record RunMaterial
{
    /// <summary>The configuration's exact bytes.</summary>
    public required ReadOnlyMemory<byte> Config { get; init; }

    /// <summary>For people: <c>qwen-sft, version 3</c>, or a path.</summary>
    public required string ConfigName { get; init; }

    /// <summary>The configuration's top-level texts and numbers.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>Null for a path in the training directory.</summary>
    public string? DatasetId { get; init; }

    public required string DatasetName { get; init; }

    /// <summary>Absolute paths with the names that they get in the run's folder, and each one's entry of <c>dataset_info.json</c>.</summary>
    public required IReadOnlyList<(string Path, string Name, JsonObject Entry)> Files { get; init; }

    /// <summary>What each file is called in <c>dataset_info.json</c>, in the order of <see cref="Files"/>.</summary>
    public IReadOnlyList<string> Entries =>
        Files.Count == 1 ? ["dataset"] : [.. Enumerable.Range(1, Files.Count).Select(place => $"dataset_{place}")];
}

/// <summary>Finds a project's dataset and configuration, and lays them down in a run's folder as they are now.</summary>
internal sealed class RunInputs(DatasetShelf datasets, ConfigShelf configs, RunFolders folders, IOptions<TrainingOptions> options)
{
    public const string CatalogName = "dataset_info.json";

    private const int LargestConfig = 1 << 20;
    private const int MostFiles = 10_000;

    private static readonly HashSet<string> Endings =
        new([".json", ".jsonl", ".csv", ".txt", ".parquet", ".arrow"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Gives the material, or a sentence that names all that is missing.</summary>
    public async Task<(RunMaterial? Material, string Missing)> FindAsync(ProjectDetail project, CancellationToken cancellationToken)
    {
        List<string> missing = [];
        var config = await ConfigAsync(project.TrainingYamlName, missing, cancellationToken);
        var dataset = await DatasetAsync(project.DatasetName, missing, cancellationToken);
        return config is null || dataset is null
            ? (null, string.Join(" ", missing))
            : (dataset with { Config = config.Content, ConfigName = config.Title, Settings = config.Settings }, "");
    }

    /// <summary>Writes the exact configuration, the data and their catalogue. The run is not known to anybody yet: its folder is to be settled.</summary>
    public void LayDown(string runId, RunMaterial material)
    {
        var folder = folders.InputOf(runId);
        var data = Path.Combine(folder, Launch.DataName);
        RunFolders.MakePrivate(folders.Of(runId));
        folders.BeginPassing(runId);
        RunFolders.MakePrivate(folder);
        RunFolders.MakePrivate(data);
        File.WriteAllBytes(Path.Combine(folder, Launch.ConfigName), material.Config.Span);
        var catalog = new JsonObject();
        foreach (var (file, entry) in material.Files.Zip(material.Entries))
        {
            SharedFile.Link(file.Path, Path.Combine(data, file.Name));
            catalog[entry] = file.Entry.DeepClone();
        }
        File.WriteAllText(Path.Combine(data, CatalogName), catalog.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }

    /// <summary>The names in a run's catalogue, divided by commas.</summary>
    public static string EntriesOf(string inputFolder)
    {
        var path = Path.Combine(inputFolder, Launch.DataName, CatalogName);
        return File.Exists(path) && JsonNode.Parse(File.ReadAllText(path)) is JsonObject catalog
            ? string.Join(',', catalog.Select(entry => entry.Key))
            : "";
    }

    private async Task<FoundConfig?> ConfigAsync(string reference, List<string> missing, CancellationToken cancellationToken)
    {
        var path = InsideFolder.Find(options.Value.FolderPath, reference);
        if (path is not null && File.Exists(path))
        {
            if (ReadPlain(path) is not { } bytes)
            {
                missing.Add($"The configuration '{reference}' is no ordinary file, or has over {LargestConfig} bytes, which is the most that is accepted.");
                return null;
            }
            return new FoundConfig(bytes, reference, TrainingYaml.Check(bytes).Scalars);
        }
        if (await configs.FindAsync(reference, cancellationToken) is { } found)
        {
            return new FoundConfig(found.Bytes, $"{found.Name}, version {found.Version}", found.Scalars);
        }
        missing.Add($"The configuration '{reference}' is neither a file in the training directory nor an uploaded one (PUT /v1/train-configs/NAME).");
        return null;
    }

    /// <summary>Null for what cannot be read without an end: a script may have put a pipe there.</summary>
    private static byte[]? ReadPlain(string path)
    {
        using var file = PlainFile.TryOpen(InsideFolder.TargetOf(path));
        if (file is null || RandomAccess.GetLength(file) is var length && length > LargestConfig)
        {
            return null;
        }
        var bytes = new byte[length];
        return bytes[..RandomAccess.Read(file, bytes, 0)];
    }

    private async Task<RunMaterial?> DatasetAsync(string reference, List<string> missing, CancellationToken cancellationToken)
    {
        var nothing = new RunMaterial
        {
            Config = default,
            ConfigName = "",
            Settings = new Dictionary<string, string>(),
            DatasetName = reference,
            Files = [],
        };
        if (InsideFolder.Find(options.Value.FolderPath, reference) is { } path && (File.Exists(path) || Directory.Exists(path)))
        {
            var files = FilesAt(path).Take(MostFiles + 1).ToList();
            if (files.Count is 0 or > MostFiles)
            {
                missing.Add($"The dataset '{reference}' holds {(files.Count == 0 ? "no ordinary file" : $"over {MostFiles} files, which is the most that is accepted")}.");
                return null;
            }
            return nothing with { Files = files };
        }
        if (await datasets.FindAsync(reference, cancellationToken) is not { } found)
        {
            missing.Add($"The dataset '{reference}' is neither a file in the training directory nor an uploaded one (POST /v1/datasets).");
            return null;
        }
        if (found.Files.Count == 0)
        {
            missing.Add($"The dataset '{reference}' is empty: upload a file to it (PUT /v1/datasets/{found.Id}/files).");
            return null;
        }
        return nothing with
        {
            DatasetId = found.Id,
            DatasetName = $"{found.Name}, version {found.Version[..12]}",
            Files = [.. found.Files.Select((file, place) => (file.Path, NameOf(place, file.Ending), EntryOf(NameOf(place, file.Ending), file.Form)))],
        };
    }

    /// <summary>A file, a link to one too, or the files of a folder, without its links.</summary>
    private static IEnumerable<(string Path, string Name, JsonObject Entry)> FilesAt(string path) =>
        (File.Exists(path) ? [InsideFolder.TargetOf(path)] : Directory.EnumerateFiles(path).Take(MostFiles * 2).Order(StringComparer.Ordinal).AsEnumerable())
            .Where(IsPlain)
            .Select((file, place) => (file, NameOf(place, Path.GetFileName(file)), new JsonObject { ["file_name"] = NameOf(place, Path.GetFileName(file)) }));

    private static bool IsPlain(string path)
    {
        using var file = PlainFile.TryOpen(path);
        return file is not null;
    }

    /// <summary>What LLaMA-Factory is told of a file; one of a form that is not known is left to its own guess.</summary>
    private static JsonObject EntryOf(string name, TrainingForm? form)
    {
        var entry = new JsonObject { ["file_name"] = name };
        if (form is not null)
        {
            entry["formatting"] = form.Formatting;
            entry["columns"] = MapOf(form.Columns);
            if (form.Tags is { } tags)
            {
                entry["tags"] = MapOf(tags);
            }
            if (form.Ranking)
            {
                entry["ranking"] = true;
            }
        }
        return entry;
    }

    private static JsonObject MapOf(IReadOnlyDictionary<string, string> map) =>
        new(map.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value)));

    /// <summary>A name of our own; only its ending tells a reader something.</summary>
    private static string NameOf(int place, string name) =>
        $"data-{place + 1}{(Endings.Contains(Path.GetExtension(name)) ? Path.GetExtension(name).ToLowerInvariant() : ".jsonl")}";

    private sealed record FoundConfig(ReadOnlyMemory<byte> Content, string Title, IReadOnlyDictionary<string, string> Settings);
}
