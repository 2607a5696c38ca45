using System.Text.Json.Serialization;

namespace Slipway.Server.Features.Runs.Executors.Docker;

/// <summary>A container, as the engine describes it; the part that is needed.</summary>
internal sealed record ContainerView
{
    public required string Id { get; init; }

    public string Name { get; init; } = "";

    public required ContainerState State { get; init; }

    public ContainerConfig Config { get; init; } = new();

    public IReadOnlyList<ContainerMount> Mounts { get; init; } = [];

    /// <summary>A path as a command in the container means it.</summary>
    public string Resolve(string path)
    {
        var home = Config.WorkingDir is { Length: > 0 } directory ? directory : "/";
        return path.StartsWith('/') ? path : $"{home.TrimEnd('/')}/{path}";
    }

    /// <summary>What a folder of the engine's host is called in the container; null when the container cannot see it or write to it.</summary>
    public string? Translate(string hostFolder)
    {
        var mount = Mounts
            .Where(mount => mount is { RW: true, Source.Length: > 0, Destination.Length: > 0 } && IsBelow(mount.Source.TrimEnd('/'), hostFolder))
            .MaxBy(mount => mount.Source.Length);
        return mount is null ? null : mount.Destination.TrimEnd('/') + hostFolder[mount.Source.TrimEnd('/').Length..];
    }

    private static bool IsBelow(string folder, string path) =>
        path.StartsWith(folder, StringComparison.Ordinal) && (path.Length == folder.Length || path[folder.Length] == '/');
}

internal sealed record ContainerState
{
    public string Status { get; init; } = "";

    public bool Running { get; init; }

    public bool Paused { get; init; }

    public bool Restarting { get; init; }

    /// <summary>As the engine writes it; another text means another life.</summary>
    public string StartedAt { get; init; } = "";

    [JsonIgnore]
    public bool CanRunCommands => Running && !Paused && !Restarting;
}

internal sealed record ContainerConfig
{
    public string? WorkingDir { get; init; }
}

internal sealed record ContainerMount
{
    public string Source { get; init; } = "";

    public string Destination { get; init; } = "";

    public bool RW { get; init; }
}
