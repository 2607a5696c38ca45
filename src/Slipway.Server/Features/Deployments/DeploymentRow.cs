using System.Text.Json;

namespace Slipway.Server.Features.Deployments;

/// <summary>A deployment as the database keeps it: what was asked for, and what is wanted of it now.</summary>
internal sealed record DeploymentRow
{
    public string Id { get; init; } = "";

    public string Owner { get; init; } = "";

    public string ModelPath { get; init; } = "";

    /// <summary>Where a run's artifact, what was pulled from a hub, or a relative path's file or folder is; null: <see cref="ModelPath"/> tells.</summary>
    public string? ModelFile { get; init; }

    public string? ModelVersion { get; init; }

    public string ServedModelName { get; init; } = "";

    public string Tags { get; init; } = "[]";

    public string RouteNames { get; init; } = "[]";

    public string Env { get; init; } = "{}";

    public string Engine { get; init; } = "";

    public string ExtraArgs { get; init; } = "";

    public long? PreferredGpu { get; init; }

    public long? GpuMemoryBytes { get; init; }

    public string HealthPath { get; init; } = "";

    public long Replicas { get; init; } = 1;

    public string? Origin { get; init; }

    /// <summary>One of <see cref="Wishes"/>.</summary>
    public string Wish { get; init; } = Wishes.Running;

    public long CreatedAt { get; init; }

    public long? StartedAt { get; init; }

    public long? StoppedAt { get; init; }

    public IReadOnlyList<string> TagList => JsonSerializer.Deserialize<string[]>(Tags) ?? [];

    public IReadOnlyList<string> RouteNameList => JsonSerializer.Deserialize<string[]>(RouteNames) ?? [];

    public IReadOnlyDictionary<string, string> EnvMap => JsonSerializer.Deserialize<Dictionary<string, string>>(Env) ?? [];
}

/// <summary>One server of a deployment as the database keeps it: enough to find its process again.</summary>
internal sealed record ReplicaRow
{
    public string DeploymentId { get; init; } = "";

    public long Number { get; init; }

    /// <summary>Counts its starts; 0 before the first.</summary>
    public long Attempt { get; init; }

    public long Restarts { get; init; }

    public string Status { get; init; } = "";

    public long? Port { get; init; }

    public string Gpus { get; init; } = "[]";

    /// <summary>Bytes that it takes on each of its GPUs.</summary>
    public long ClaimBytes { get; init; }

    public string? Command { get; init; }

    public string? FailureReason { get; init; }

    public IReadOnlyList<int> GpuList => JsonSerializer.Deserialize<int[]>(Gpus) ?? [];
}

/// <summary>What is wanted of a deployment.</summary>
internal static class Wishes
{
    public const string Running = "running";
    public const string Removed = "removed";

    /// <summary>Removed without waiting for requests, and what does not end is killed.</summary>
    public const string RemovedByForce = "forced";

    public static bool IsRemoval(string wish) => wish is Removed or RemovedByForce;
}
