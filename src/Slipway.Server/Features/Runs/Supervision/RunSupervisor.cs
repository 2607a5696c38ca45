using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Slipway.Server.Features.Runs.Executors;
using Slipway.Server.Features.Runs.Queue;
using Slipway.Server.Platform.Devices;

namespace Slipway.Server.Features.Runs.Supervision;

/// <summary>
/// Starts the runs of this data folder in turn and follows each to its end. Of several servers on one folder only one does; when it
/// dies, another one, or the same after its restart, goes on from what database, folders and the outside world say.
/// </summary>
internal sealed partial class RunSupervisor(
    RunStore store, RunFolders folders, RunSweep sweep, RunWatchShop watches, IEnumerable<IExecutor> executors, GpuStock stock,
    GpuPromises promises, RunBell bell, IOptions<TrainingOptions> options, TimeProvider clock, ILogger<RunSupervisor> logger) : BackgroundService
{
    private const string HolderPrefix = "run ";

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    // Other writers get their turn in between.
    private const int ToldAtOnce = 1000;

    private readonly ConcurrentDictionary<(string Run, long Attempt), RunWatch> _watched = new();
    private readonly Dictionary<string, IExecutor> _executors = executors.ToDictionary(executor => executor.Name, StringComparer.Ordinal);
    private bool _hasTold;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var held = await folders.WaitForLockAsync(clock, OnAnothers, stoppingToken);
        if (held is null)
        {
            return;
        }
        promises.Tell(GpuGiver.Runs, GiverState.Awaited);
        await sweep.RunAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await BeatAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogBeatFailed(exception);
            }
            await bell.WaitAsync(Beat, stoppingToken);
        }
        // Each has written down what it knew; the processes run on.
        await Task.WhenAll(_watched.Values.Select(watch => watch.Following));
    }

    /// <summary>One look at what there is to do: what was begun is followed, what waits gets its turn, who shall end is told.</summary>
    internal async Task BeatAsync(CancellationToken cancellationToken)
    {
        var begun = await store.BegunAsync(folders.Owner, cancellationToken);
        if (!_hasTold)
        {
            // All of them, before one that cannot be followed keeps us from the others.
            begun.ForEach(Promise);
            promises.Tell(GpuGiver.Runs, GiverState.Known);
            _hasTold = true;
        }
        begun.ForEach(run => Follow(run, cancellationToken));
        if (promises.AreKnown)
        {
            await GiveTurnsAsync(cancellationToken);
        }
        var watched = _watched.Values.ToLookup(watch => watch.Run.Id);
        foreach (var id in await store.CancelledAsync([.. watched.Select(run => run.Key)], cancellationToken))
        {
            watched[id].MaxBy(watch => watch.Run.Attempt)!.Cancel();
        }
    }

    private async Task GiveTurnsAsync(CancellationToken cancellationToken)
    {
        var queue = await store.QueueAsync(folders.Owner, cancellationToken);
        if (queue.Count == 0)
        {
            return;
        }
        // What a model server holds a part of is not for a run, which gets whole GPUs.
        var free = stock.Indexes.Where(gpu => promises.On(gpu).All(promise => IsRun(promise.Holder)));
        var plan = new QueuePlan([.. free], options.Value.MaxRunsWithoutGpu);
        var (places, reasons) = plan.Decide(
            [.. queue.Select(run => new Applicant(run.Id, (int)run.Gpus, LeavesMachine(run.Executor)))],
            [.. _watched.Values.Where(watch => watch.HoldsPlace && !LeavesMachine(watch.Run.Executor)).Select(watch => new Holder(watch.Run.Id, watch.Run.GpuList))]);
        foreach (var place in places)
        {
            if (await store.FindAsync(place.Id, cancellationToken) is { } run)
            {
                await BeginAsync(run, place, cancellationToken);
            }
        }
        var news = queue.Where(run => reasons.TryGetValue(run.Id, out var reason) && reason != run.WaitingFor)
            .Select(run => run with { WaitingFor = reasons[run.Id] });
        foreach (var some in news.Chunk(ToldAtOnce))
        {
            await store.WaitingAsync(some, cancellationToken);
        }
    }

    private async Task BeginAsync(RunRow run, Place place, CancellationToken cancellationToken)
    {
        var words = place.GpuIds.Count == 0 ? $"starting with {run.Executor}" : $"starting with {run.Executor} on GPU {string.Join(", ", place.GpuIds)}";
        var begun = run with { GpuIds = JsonSerializer.Serialize(place.GpuIds) };
        // Before it is written down, which takes its time: a model server may have been placed there since we looked, or be placed now.
        if (!promises.TryPromise(HolderOf(run), place.GpuIds, long.MaxValue, IsRun))
        {
            return;
        }
        var isBegun = false;
        try
        {
            isBegun = await store.BeginAsync(run, begun.GpuIds, LeavesMachine(run.Executor), words, cancellationToken);
        }
        finally
        {
            if (!isBegun)
            {
                promises.Release(HolderOf(run));
            }
        }
        if (isBegun)
        {
            Follow(begun, cancellationToken);
        }
    }

    // An attempt that has ended and cannot be tidied up yet is not to give back what the next one has.
    private static string HolderOf(RunRow run) =>
        run.Attempt > 1 ? string.Create(CultureInfo.InvariantCulture, $"{HolderPrefix}{run.Id}, attempt {run.Attempt}") : $"{HolderPrefix}{run.Id}";

    private static bool IsRun(string holder) => holder.StartsWith(HolderPrefix, StringComparison.Ordinal);

    private void Promise(RunRow run) => promises.Promise(HolderOf(run), LeavesMachine(run.Executor) ? [] : run.GpuList, long.MaxValue);

    private bool LeavesMachine(string name) => _executors.TryGetValue(name, out var executor) && executor.HasOwnQueue;

    private void Follow(RunRow run, CancellationToken cancellationToken)
    {
        var key = (run.Id, run.Attempt);
        if (_watched.ContainsKey(key))
        {
            return;
        }
        var watch = watches.Make(run, _executors[run.Executor]);
        if (_watched.TryAdd(key, watch))
        {
            Promise(run);
            watch.Begin(() =>
            {
                _watched.TryRemove(key, out _);
                promises.Release(HolderOf(run));
                bell.Ring();
            }, cancellationToken);
        }
    }

    private void OnAnothers()
    {
        promises.Tell(GpuGiver.Runs, GiverState.KeptOut);
        LogOtherServer(folders.Root);
    }

    [LoggerMessage(2440, LogLevel.Error, "Looking after the runs failed; it is tried again in a second")]
    private partial void LogBeatFailed(Exception exception);

    [LoggerMessage(2441, LogLevel.Warning, "Another Slipway looks after the runs in {Folder}; this one takes over when that one ends")]
    private partial void LogOtherServer(string folder);
}
