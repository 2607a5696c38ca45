namespace Slipway.Server.Features.Runs.Executors;

/// <summary>
/// One attempt, as its executor is told of it. The folder is this host's; an executor whose process sees another file system
/// brings the inputs there and names its own paths to the process.
/// </summary>
internal sealed record Launch
{
    /// <summary>In <see cref="Command"/> and <see cref="Environment"/>: the attempt's folder, as the process sees it.</summary>
    public const string FolderToken = "{folder}";

    /// <summary>In the attempt's folder: the exact configuration.</summary>
    public const string ConfigName = "train.yaml";

    /// <summary>In the attempt's folder: the datasets, and their <c>dataset_info.json</c>.</summary>
    public const string DataName = "data";

    /// <summary>In the attempt's folder: what the process makes.</summary>
    public const string OutputName = "output";

    public required string RunId { get; init; }

    /// <summary>From 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>Unique, and a DNS label: <c>run-8f0c…-1</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Absolute. Holds <see cref="ConfigName"/> and <see cref="DataName"/> before the start, and belongs to this attempt alone.</summary>
    public required string Folder { get; init; }

    /// <summary>Program and arguments; paths below the attempt's folder begin with <see cref="FolderToken"/>.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Where the process starts; an executor with a file system of its own has its own setting for that. Absolute.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>What the process gets beside its usual surroundings; values may begin with <see cref="FolderToken"/>.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>How many it was promised.</summary>
    public int Gpus { get; init; }

    /// <summary>Which of this host's; empty where <see cref="IExecutor.HasOwnQueue"/>.</summary>
    public IReadOnlyList<int> GpuIds { get; init; } = [];

    /// <summary>What the executor's own settings are overridden with, from the request: <c>image</c>, <c>partition</c>, <c>time</c>.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>What the process prints, both streams, nothing else.</summary>
    public string OutputFile => Path.Combine(Folder, "output.log");

    public string OutputFolder => Path.Combine(Folder, OutputName);

    /// <summary>The command with <paramref name="folder"/> for <see cref="FolderToken"/>.</summary>
    public IReadOnlyList<string> CommandIn(string folder) => [.. Command.Select(argument => In(folder, argument))];

    /// <summary>The environment with <paramref name="folder"/> for <see cref="FolderToken"/>.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentIn(string folder) =>
        Environment.ToDictionary(pair => pair.Key, pair => In(folder, pair.Value));

    private static string In(string folder, string text) => text.Replace(FolderToken, folder, StringComparison.Ordinal);
}
