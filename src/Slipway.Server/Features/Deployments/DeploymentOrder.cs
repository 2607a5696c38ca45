namespace Slipway.Server.Features.Deployments;

/// <summary>What is asked for when a deployment is made, by a client or by another feature of this server.</summary>
internal sealed record DeploymentOrder
{
    /// <summary>A file or folder, the id of a run's artifact, the bundled model's name, or a hub's <c>owner/name</c>.</summary>
    public required string ModelPath { get; init; }

    public string? ModelVersion { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>As a shell would write them.</summary>
    public string ExtraArgs { get; init; } = "";

    public int? PreferredGpu { get; init; }

    public string? HealthPath { get; init; }

    /// <summary><c>auto</c> or an engine's name.</summary>
    public string Engine { get; init; } = "auto";

    public string? ServedModelName { get; init; }

    /// <summary>1 to 64.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Bytes on each GPU; null: found from model and arguments.</summary>
    public long? GpuMemoryBytes { get; init; }

    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();

    /// <summary>Further names by which the gateway knows it: <c>Qwen3-8B/dev</c>.</summary>
    public IReadOnlyList<string> RouteNames { get; init; } = [];

    /// <summary>
    /// Who asked, when it was not a client: with the same origin it is made once, however often it is asked for.
    /// Null: every request makes another one.
    /// </summary>
    public string? Origin { get; init; }
}
