using System.Text.Json.Serialization;

namespace Slipway.Client.Deployments;

/// <summary>A running model server, or one that is to run: all of its replicas as one.</summary>
public sealed record DeploymentInfo
{
    /// <summary>A UUID.</summary>
    public required string DeploymentId { get; init; }

    public required string ModelPath { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? ModelVersion { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>The first replica's GPU, as the driver counts; null on the processor.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? GpuId { get; init; }

    /// <summary>The first replica's; null before it has one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? Port { get; init; }

    /// <summary>The first replica's, while it runs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? Pid { get; init; }

    /// <summary>One of <see cref="DeploymentStatuses"/>: that of the replica that stands best.</summary>
    public required string Status { get; init; }

    /// <summary>Seconds since 1970, when it was last started; null before.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? StartedAt { get; init; }

    /// <summary>Seconds since 1970, when the last replica had ended for good; null while one runs or is to run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? StoppedAt { get; init; }

    /// <summary>Whether a replica answers as it should.</summary>
    public required bool HealthOk { get; init; }

    /// <summary>The command as it really ran, whatever the engine; null before the first start.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? VllmCmd { get; init; }

    /// <summary>Relative to the server's data folder; restarts append to it.</summary>
    public required string LogFile { get; init; }

    public required string HealthPath { get; init; }

    /// <summary>The name that clients of the gateway write.</summary>
    public required string ServedModelName { get; init; }

    /// <summary><c>vllm</c>, <c>sglang</c>, <c>llama-server</c> or <c>slipway</c>: what <c>auto</c> came to.</summary>
    public required string Engine { get; init; }

    /// <summary>How many servers of it are to run.</summary>
    public required int Replicas { get; init; }

    /// <summary>How often its servers were started again, all together.</summary>
    public required int Restarts { get; init; }

    /// <summary>Why it does not run, or what it waits for, in words.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? FailureReason { get; init; }

    /// <summary>Seconds since 1970, when its health was last asked and good.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? LastHealth { get; init; }

    /// <summary>One by one, by number.</summary>
    public required IReadOnlyList<ReplicaInfo> Servers { get; init; }
}

/// <summary>One model server of a deployment.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Status">One of <see cref="DeploymentStatuses"/>.</param>
/// <param name="Port">Where it listens; null before it has a port.</param>
/// <param name="Pid">While it runs.</param>
/// <param name="GpuIds">As the driver counts.</param>
/// <param name="Restarts">How often it was started again.</param>
/// <param name="FailureReason">In words; null when nothing is wrong.</param>
public sealed record ReplicaInfo(
    int Number, string Status, int? Port, int? Pid, IReadOnlyList<int> GpuIds, int Restarts, string? FailureReason);

/// <summary>Where a deployment, or one of its servers, stands.</summary>
public static class DeploymentStatuses
{
    /// <summary>Its process starts, loads its model, waits for a GPU, or for its next try.</summary>
    public const string Starting = "starting";

    public const string Running = "running";

    /// <summary>Its process is there and does not answer, or has stopped getting on.</summary>
    public const string Unhealthy = "unhealthy";

    /// <summary>No new requests reach it; those that it has are finished.</summary>
    public const string Stopping = "stopping";

    public const string Stopped = "stopped";

    /// <summary>It does not start; it is not tried again before somebody asks for it.</summary>
    public const string Failed = "failed";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Starting, Running, Unhealthy, Stopping, Stopped, Failed];
}

/// <summary>What removing a deployment is answered with.</summary>
/// <param name="Detail"><c>deployment removed</c>.</param>
/// <param name="DeploymentId">Which.</param>
public sealed record DeploymentRemoved(string Detail, string DeploymentId);
