using System.Text.Json;

namespace Slipway.Server.Features.Runs.Executors.Docker;

/// <summary>Where an attempt is. An exec's id would not do: the engine forgets it when it is restarted.</summary>
internal sealed record DockerHandle
{
    public required string ContainerId { get; init; }

    /// <summary>As the user named it, for messages.</summary>
    public required string Container { get; init; }

    /// <summary>The container's life in which the attempt was started.</summary>
    public required string ContainerStartedAt { get; init; }

    /// <summary>The attempt's folder as the container sees it.</summary>
    public required string Folder { get; init; }

    /// <summary>Whether that is the folder of this host itself.</summary>
    public required bool IsShared { get; init; }

    public static DockerHandle Parse(string text) => JsonSerializer.Deserialize(text, DockerJson.Default.DockerHandle)
        ?? throw new InvalidDataException("A docker handle is missing.");

    public override string ToString() => JsonSerializer.Serialize(this, DockerJson.Default.DockerHandle);
}
