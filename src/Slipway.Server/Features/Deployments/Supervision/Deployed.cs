using Slipway.Client.Deployments;

namespace Slipway.Server.Features.Deployments.Supervision;

/// <summary>A deployment with those who look after its servers.</summary>
internal sealed class Deployed(DeploymentRow row, IReadOnlyList<ReplicaKeeper> keepers)
{
    private static readonly string[] BestFirst =
    [
        DeploymentStatuses.Running, DeploymentStatuses.Unhealthy, DeploymentStatuses.Starting, DeploymentStatuses.Stopping,
        DeploymentStatuses.Failed, DeploymentStatuses.Stopped,
    ];

    private int _isRolling;

    /// <summary>Changed by the supervisor alone.</summary>
    public DeploymentRow Row { get; set; } = row;

    public IReadOnlyList<ReplicaKeeper> Keepers => keepers;

    /// <summary>Whether none of its servers has a process or is to have one.</summary>
    public bool IsOver => keepers.All(keeper => keeper.View.IsOver);

    /// <summary>When the last of them came to its end; null while one has not, and where nobody of this process saw it.</summary>
    public DateTimeOffset? OverSince => IsOver ? keepers.Max(keeper => keeper.View.OverSince) : null;

    /// <summary>Whether all were to stop, and have.</summary>
    public bool IsDone => keepers.All(keeper => keeper.IsDone);

    public bool IsStubborn => keepers.Any(keeper => keeper.View.IsStubborn);

    public bool IsUndead => keepers.Any(keeper => keeper.View.IsUndead);

    public string Status => keepers.Select(keeper => keeper.View.Status).MinBy(status => Array.IndexOf(BestFirst, status))!;

    /// <summary>Takes the right to start the servers again one after another; false while somebody has it.</summary>
    public bool TryBeginRoll() => Interlocked.Exchange(ref _isRolling, 1) == 0;

    public void EndRoll() => Volatile.Write(ref _isRolling, 0);

    /// <summary>All of it as clients see it.</summary>
    public DeploymentInfo ToInfo()
    {
        var views = keepers.Select(keeper => keeper.View).ToList();
        var first = views[0];
        return new DeploymentInfo
        {
            DeploymentId = Row.Id,
            ModelPath = Row.ModelPath,
            ModelVersion = Row.ModelVersion,
            Tags = Row.TagList,
            GpuId = first.Gpus.Count > 0 ? first.Gpus[0] : null,
            Port = first.Port,
            Pid = first.Pid,
            Status = Status,
            StartedAt = Seconds(Row.StartedAt),
            // Told with the status, though it is noted a little later.
            StoppedAt = Seconds(Row.StoppedAt ?? OverSince?.ToUnixTimeMilliseconds()),
            HealthOk = views.Any(view => view.Status == DeploymentStatuses.Running),
            VllmCmd = first.Command,
            LogFile = DeploymentFolders.LogName(Row.Id, 0),
            HealthPath = Row.HealthPath,
            ServedModelName = Row.ServedModelName,
            Engine = Row.Engine,
            Replicas = (int)Row.Replicas,
            Restarts = views.Sum(view => view.Restarts),
            FailureReason = views.Select(view => view.Reason).FirstOrDefault(reason => reason is not null),
            LastHealth = Seconds(views.Max(view => view.LastHealth)?.ToUnixTimeMilliseconds()),
            Servers =
            [
                .. views.Select(view => new ReplicaInfo(view.Number, view.Status, view.Port, view.Pid, view.Gpus, view.Restarts, view.Reason)),
            ],
        };
    }

    private static double? Seconds(long? milliseconds) => milliseconds / 1000.0;
}
