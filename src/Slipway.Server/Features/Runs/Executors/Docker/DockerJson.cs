using System.Text.Json.Serialization;

namespace Slipway.Server.Features.Runs.Executors.Docker;

/// <summary>The engine writes its names in capitals.</summary>
[JsonSerializable(typeof(ContainerView))]
[JsonSerializable(typeof(ExecRequest))]
[JsonSerializable(typeof(ExecStart))]
[JsonSerializable(typeof(ExecCreated))]
[JsonSerializable(typeof(EngineError))]
[JsonSerializable(typeof(DockerHandle))]
internal sealed partial class DockerJson : JsonSerializerContext;

internal sealed record ExecRequest
{
    public required IReadOnlyList<string> Cmd { get; init; }

    public IReadOnlyList<string> Env { get; init; } = [];

    public string User { get; init; } = "";

    public bool AttachStdout { get; init; } = true;

    public bool AttachStderr { get; init; } = true;
}

internal sealed record ExecStart
{
    public bool Detach { get; init; }

    public bool Tty { get; init; }
}

internal sealed record ExecCreated
{
    public required string Id { get; init; }
}

internal sealed record EngineError
{
    [JsonPropertyName("message")]
    public string Message { get; init; } = "";
}
