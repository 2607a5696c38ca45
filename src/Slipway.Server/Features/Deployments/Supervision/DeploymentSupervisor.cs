using System.Collections.Concurrent;
using Slipway.Client.Deployments;
using Slipway.Server.Features.Deployments.Engines;
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

    private readonly ConcurrentBag<Task> _keeping = [];
    private readonly TaskCompletionSource _isReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Bell _bell = new(clock);
    private CancellationToken _stopping;

    /// <summary>Done when what was there before is known; does not end where another server looks after this data folder.</summary>
    public Task Ready => _isReady.Task;

    /// <summary>Begins to look after a deployment that is in the database.</summary>
    public Deployed Take(DeploymentRow row, IReadOnlyList<ReplicaRow> replicas)
    {
        var engine = engines.Find(row.Engine) ?? throw new InvalidOperationException($"There is no engine '{row.Engine}'.");
        var arguments = ExtraArguments.Split(row.ExtraArgs).Words;
        var keepers = Enumerable.Range(0, (int)row.Replicas).Select(number => new ReplicaKeeper(
            row, replicas.FirstOrDefault(replica => replica.Number == number) ?? new ReplicaRow { DeploymentId = row.Id, Number = number },
            engine, arguments, shop)
        {
            Changed = OnChange,
        }).ToList();
        var deployed = new Deployed(row, engine, keepers);
        shelf.Add(deployed);
        foreach (var keeper in keepers)
        {
            if (row.Wish != Wishes.Running)
            {
                keeper.Want(ReplicaWish.Stop, force: false);
            }
            _keeping.Add(Task.Run(() => keeper.KeepAsync(_stopping), CancellationToken.None));
        }
        return deployed;
    }

    /// <summary>Starts the servers again, each when the one before is well or has failed, so that one is there all the time.</summary>
    public void Roll(Deployed deployed) => _keeping.Add(Task.Run(
        async () =>
        {
            foreach (var keeper in deployed.Keepers)
            {
                var attempts = keeper.Attempts;
                keeper.Want(ReplicaWish.Restart, force: false);
                while (!_stopping.IsCancellationRequested && deployed.Row.Wish == Wishes.Running
                    && (keeper.Attempts == attempts || keeper.View.Status is DeploymentStatuses.Starting or DeploymentStatuses.Stopping))
                {
                    await Task.Delay(Beat, clock, _stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }, CancellationToken.None));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _stopping = stoppingToken;
        await using var held = await LockAsync(stoppingToken);
        if (held is null)
        {
            return;
        }
        foreach (var (row, replicas) in await store.AllAsync(folders.Owner, stoppingToken))
        {
            Take(row, replicas);
        }
        _isReady.TrySetResult();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await SettleAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogSettleFailed(exception);
            }
            await _bell.WaitAsync(Beat, stoppingToken);
        }
        await Task.WhenAll(_keeping);
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
            if (deployed.IsOver && deployed.Row.Wish == Wishes.Removed)
            {
                folders.Remove(deployed.Row.Id);
                await store.RemoveAsync(deployed.Row.Id, cancellationToken);
                shelf.Remove(deployed.Row.Id);
                LogRemoved(deployed.Row.Id, deployed.Row.ServedModelName);
            }
            else if (deployed.IsOver != deployed.Row.StoppedAt is not null)
            {
                deployed.Row = deployed.Row with { StoppedAt = deployed.IsOver ? clock.GetUtcNow().ToUnixTimeMilliseconds() : null };
                await store.SaveAsync(deployed.Row, cancellationToken);
            }
        }
    }

    private async Task<FileStream?> LockAsync(CancellationToken cancellationToken)
    {
        var isTold = false;
        while (!cancellationToken.IsCancellationRequested)
        {
            if (folders.TryLock() is { } held)
            {
                return held;
            }
            if (!isTold)
            {
                LogOtherServer(folders.Root);
                isTold = true;
            }
            await Task.Delay(Beat, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return null;
    }

    [LoggerMessage(2654, LogLevel.Error, "Settling deployments failed; it is tried again")]
    private partial void LogSettleFailed(Exception exception);

    [LoggerMessage(2655, LogLevel.Information, "Deployment {Id} of {Model} is removed")]
    private partial void LogRemoved(string id, string model);

    [LoggerMessage(2656, LogLevel.Warning, "Another Slipway server looks after the deployments in {Folder}; this one waits for its end")]
    private partial void LogOtherServer(string folder);
}
