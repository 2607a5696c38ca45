using System.Collections.Concurrent;
using Slipway.Client.Deployments;
using Slipway.Server.Features.Deployments.Engines;
using Slipway.Server.Platform.Devices;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Deployments.Supervision;

/// <summary>
/// Brings deployments to what is wanted of them, for this machine and as the only one. All it has to know is in the database and in
/// folders: a server of ours that comes back takes over what still runs.
/// </summary>
internal sealed partial class DeploymentSupervisor(
    DeploymentStore store, DeploymentShelf shelf, DeploymentFolders folders, EngineChoice engines, ReplicaShop shop, TimeProvider clock,
    ILogger<DeploymentSupervisor> logger) : BackgroundService
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<Task, bool> _working = new();
    private readonly TaskCompletionSource _isReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly Bell _bell = new(clock);
    private readonly HashSet<string> _troubled = new(StringComparer.Ordinal);
    private volatile bool _isAnothers;
    private CancellationToken _stopping;

    /// <summary>Null when what was there before is known; else, after some seconds at most, why not, in words for users.</summary>
    public async ValueTask<string?> WhyNotReadyAsync(CancellationToken cancellationToken)
    {
        if (!_isReady.Task.IsCompleted && !_isAnothers)
        {
            await _isReady.Task.WaitAsync(ReadyPatience, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return _isReady.Task.IsCompleted ? null
            : _isAnothers ? "Another Slipway server looks after the deployments of this data folder: ask that one. This one takes over when that one ends."
            : "What was deployed before the start of this server is not known yet: its database does not answer. Ask again in a moment.";
    }

    /// <summary>Begins to look after a deployment that is in the database.</summary>
    public Deployed Take(DeploymentRow row)
    {
        var deployed = Make(row, []);
        Keep(deployed);
        return deployed;
    }

    /// <summary>Keeps a change of what is wanted, and then has it seen; one after the other, so that none undoes another.</summary>
    public async Task ChangeAsync(Deployed deployed, Func<DeploymentRow, DeploymentRow> change)
    {
        // Not to be given up halfway because who asked has left.
        await _changing.WaitAsync(CancellationToken.None);
        try
        {
            var row = change(deployed.Row);
            await store.SaveAsync(row, CancellationToken.None);
            deployed.Row = row;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>
    /// Starts the servers again, each when the one before is well, so that one is there all the time. One that does not come back ends
    /// it where others are well still: they stay.
    /// </summary>
    public void Roll(Deployed deployed) => Begin(async () =>
    {
        try
        {
            foreach (var keeper in deployed.Keepers)
            {
                await RollAsync(deployed, keeper);
                if (keeper.View.Status is DeploymentStatuses.Failed && deployed.Keepers.Any(one => one.View.Status is DeploymentStatuses.Running))
                {
                    LogRollEnded(deployed.Row.Id, keeper.View.Number);
                    return;
                }
            }
        }
        finally
        {
            deployed.EndRoll();
        }
    });

    public override void Dispose()
    {
        _changing.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _stopping = stoppingToken;
        await using var held = await folders.WaitForLockAsync(clock, OnAnothers, stoppingToken);
        _isAnothers = false;
        if (held is not null)
        {
            shop.Promises.Tell(GpuGiver.Deployments, GiverState.Awaited);
        }
        while (held is not null && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!_isReady.Task.IsCompleted)
                {
                    TakeOver(await store.AllAsync(folders.Owner, stoppingToken));
                    _isReady.SetResult();
                }
                await SettleAsync(stoppingToken);
                _troubled.Remove("");
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogOnce("", exception);
            }
            await _bell.WaitAsync(Beat, stoppingToken);
        }
        await Task.WhenAll(_working.Keys);
    }

    private void TakeOver(List<(DeploymentRow Row, List<ReplicaRow> Replicas)> rows)
    {
        var taken = new List<Deployed>();
        foreach (var (row, replicas) in rows)
        {
            try
            {
                taken.Add(Make(row, replicas));
            }
            catch (Exception exception) when (!_stopping.IsCancellationRequested)
            {
                // One row that cannot be read is not to take all others with it.
                LogNotTaken(row.Id, exception);
            }
        }
        // What runs has its ports and GPUs back before anybody starts something.
        foreach (var keeper in taken.SelectMany(deployed => deployed.Keepers))
        {
            keeper.Adopt();
        }
        shop.Promises.Tell(GpuGiver.Deployments, GiverState.Known);
        // Nobody makes a deployment until we are ready: what has no row by now never gets one.
        folders.RemoveUnnamed(rows.Select(one => one.Row.Id).ToHashSet(StringComparer.Ordinal));
        taken.ForEach(Keep);
    }

    private void Keep(Deployed deployed)
    {
        shelf.Add(deployed);
        foreach (var keeper in deployed.Keepers)
        {
            if (Wishes.IsRemoval(deployed.Row.Wish))
            {
                keeper.Want(ReplicaWish.Stop, force: deployed.Row.Wish == Wishes.RemovedByForce);
            }
            Begin(() => keeper.KeepAsync(_stopping));
        }
    }

    private Deployed Make(DeploymentRow row, IReadOnlyList<ReplicaRow> replicas)
    {
        var engine = engines.Find(row.Engine) ?? new UnknownEngine(row.Engine);
        var arguments = ExtraArguments.Split(row.ExtraArgs).Words;
        var keepers = Enumerable.Range(0, (int)row.Replicas).Select(number => new ReplicaKeeper(
            row, replicas.FirstOrDefault(replica => replica.Number == number) ?? new ReplicaRow { DeploymentId = row.Id, Number = number },
            engine, arguments, shop)
        {
            Changed = OnChange,
        }).ToList();
        var deployed = new Deployed(row, keepers);
        // What others see of it can be shown.
        _ = deployed.ToInfo();
        return deployed;
    }

    private async Task RollAsync(Deployed deployed, ReplicaKeeper keeper)
    {
        var attempts = keeper.Attempts;
        keeper.Want(ReplicaWish.Restart, force: false);
        while (!_stopping.IsCancellationRequested && deployed.Row.Wish == Wishes.Running && !HasSettled())
        {
            await Task.Delay(Beat, clock, _stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // One that fails before it is started counts no attempt; one that is unhealthy may be about to be killed.
        bool HasSettled() => keeper is { IsToRun: true, View.Status: DeploymentStatuses.Running or DeploymentStatuses.Failed }
            && (keeper.Attempts > attempts || keeper.View.Status is DeploymentStatuses.Failed);
    }

    private void Begin(Func<Task> work)
    {
        var task = Task.Run(work, CancellationToken.None);
        _working[task] = true;
        _ = task.ContinueWith(done => _working.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private void OnAnothers()
    {
        _isAnothers = true;
        shop.Promises.Tell(GpuGiver.Deployments, GiverState.KeptOut);
        LogOtherServer(folders.Root);
    }

    private void OnChange()
    {
        shelf.Rebuild();
        _bell.Ring();
    }

    /// <summary>Notes when deployments have come to their end, and forgets those that were to go.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        foreach (var deployed in shelf.All)
        {
            try
            {
                await SettleAsync(deployed, cancellationToken);
                _troubled.Remove(deployed.Row.Id);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                LogOnce(deployed.Row.Id, exception);
            }
        }
    }

    private async Task SettleAsync(Deployed deployed, CancellationToken cancellationToken)
    {
        var isOver = deployed.IsOver;
        if (deployed.IsDone && Wishes.IsRemoval(deployed.Row.Wish))
        {
            folders.Remove(deployed.Row.Id);
            await store.RemoveAsync(deployed.Row.Id, cancellationToken);
            shelf.Remove(deployed.Row.Id);
            LogRemoved(deployed.Row.Id, deployed.Row.ServedModelName);
        }
        else if (isOver != deployed.Row.StoppedAt is not null)
        {
            await ChangeAsync(deployed, row => row with { StoppedAt = isOver ? (deployed.OverSince ?? clock.GetUtcNow()).ToUnixTimeMilliseconds() : null });
        }
    }

    /// <summary>Says that something fails, and not twice a second as long as it does.</summary>
    private void LogOnce(string what, Exception exception)
    {
        if (_troubled.Add(what))
        {
            LogSettleFailed(what.Length > 0 ? what : "all", exception);
        }
    }

    [LoggerMessage(2654, LogLevel.Error, "Settling deployments ({Which}) failed; it is tried again until it succeeds")]
    private partial void LogSettleFailed(string which, Exception exception);

    [LoggerMessage(2655, LogLevel.Information, "Deployment {Id} of {Model} is removed")]
    private partial void LogRemoved(string id, string model);

    [LoggerMessage(2656, LogLevel.Warning, "Another Slipway server looks after the deployments in {Folder}; this one waits for its end")]
    private partial void LogOtherServer(string folder);

    [LoggerMessage(2661, LogLevel.Error, "Deployment {Id} cannot be read from the database and is left as it is")]
    private partial void LogNotTaken(string id, Exception exception);

    [LoggerMessage(2662, LogLevel.Warning, "The restart of deployment {Id} ends with server {Number}, which failed; those that are well stay as they are")]
    private partial void LogRollEnded(string id, int number);
}
