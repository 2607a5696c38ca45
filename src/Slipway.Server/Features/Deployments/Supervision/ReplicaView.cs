using Slipway.Client.Deployments;

namespace Slipway.Server.Features.Deployments.Supervision;

/// <summary>Where a server stands, as others see it. A new one takes the place of the old at each change.</summary>
internal sealed record ReplicaView
{
    public required int Number { get; init; }

    /// <summary>One of <see cref="DeploymentStatuses"/>.</summary>
    public required string Status { get; init; }

    public int? Port { get; init; }

    public int? Pid { get; init; }

    public IReadOnlyList<int> Gpus { get; init; } = [];

    public int Restarts { get; init; }

    public string? Reason { get; init; }

    public string? Command { get; init; }

    public DateTimeOffset? LastHealth { get; init; }

    /// <summary>Whether its processes were told to end and have not, for longer than the grace.</summary>
    public bool IsStubborn { get; init; }

    /// <summary>Whether they were killed and are there all the same.</summary>
    public bool IsUndead { get; init; }

    /// <summary>Counts its starts: another process is behind it at each.</summary>
    public long Attempt { get; init; }

    /// <summary>Whether it has no process and is to have none.</summary>
    public bool IsOver => Ends(Status);

    /// <summary>When that was seen; null while it is not over, and where it was so before this server started.</summary>
    public DateTimeOffset? OverSince { get; init; }

    public static bool Ends(string status) => status is DeploymentStatuses.Stopped or DeploymentStatuses.Failed;
}
