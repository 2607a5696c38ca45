using Slipway.Client.Deployments;
using Slipway.Server.Features.Deployments.Engines;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Deployments.Supervision;

/// <summary>
/// Looks after one server of a deployment, from its start to its end: one loop, which alone changes anything. The server of ours
/// may die at any point; what was begun is in the database before it is begun, and the process is found by its folder.
/// </summary>
internal sealed partial class ReplicaKeeper(
    DeploymentRow deployment, ReplicaRow row, IServingEngine engine, IReadOnlyList<string> arguments, ReplicaShop shop)
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LogEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LogAfterTrouble = TimeSpan.FromMinutes(1);

    private readonly string _holder = $"deployment {deployment.ServedModelName} ({deployment.Id}), server {row.Number}";
    private readonly RestartRule _rule = new(shop.Options);
    private readonly Bell _bell = new(shop.Clock);
    private readonly Lock _gate = new();
    private ReplicaRow _row = row;
    private volatile bool _isUp;
    private volatile bool _isPastKnown;
    private volatile ReplicaWish _wish = ReplicaWish.Run;
    private volatile bool _isForced;
    private bool _isInTrouble;
    private TimeSpan _nextLogLook;

    public ReplicaView View { get; private set; } = new()
    {
        Number = (int)row.Number,
        Status = row.Status.Length > 0 ? row.Status : DeploymentStatuses.Starting,
        Restarts = (int)row.Restarts,
        Command = row.Command,
        Reason = row.FailureReason,
    };

    /// <summary>What it has printed.</summary>
    public ServerLog Log { get; } = new(shop.Folders.LogOf(deployment.Id, row.Number));

    /// <summary>How often it was started.</summary>
    public long Attempts => _row.Attempt;

    /// <summary>Whether it was to stop, and has: nothing comes of this keeper any more.</summary>
    public bool IsDone => _wish is ReplicaWish.Stop && _isPastKnown && !_isUp && View.IsOver;

    /// <summary>Whether it is wanted to run, and not to stop first.</summary>
    public bool IsToRun => _wish is ReplicaWish.Run;

    /// <summary>Called after each change.</summary>
    public Action Changed { get; init; } = () => { };

    // Of a clock that nobody sets.
    private TimeSpan Now => shop.Clock.GetElapsedTime(0);

    private string Folder => shop.Folders.AttemptOf(deployment.Id, _row.Number, _row.Attempt);

    private string Model => deployment.ModelFile ?? shop.Models.Resolve(deployment.ModelPath);

    /// <summary>What is wanted of it from now on.</summary>
    /// <param name="wish">Run, stop, or stop and run again. Who is to stop does so for good, whatever is wanted later.</param>
    /// <param name="force">Requests in flight are not waited for, and what does not end is killed.</param>
    public void Want(ReplicaWish wish, bool force)
    {
        lock (_gate)
        {
            (_isForced, _wish) = _wish is ReplicaWish.Stop ? (_isForced || force, ReplicaWish.Stop) : (force, wish);
        }
        _bell.Ring();
    }

    /// <summary>Keeps until it is done, or our own server stops; the process runs on then.</summary>
    public async Task KeepAsync(CancellationToken stopping)
    {
        while (!IsDone)
        {
            try
            {
                await BeatAsync(stopping);
                TrimLog();
                _isInTrouble = false;
            }
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                if (!_isInTrouble)
                {
                    LogBeatFailed(shop.Logger, deployment.Id, _row.Number, exception);
                }
                _isInTrouble = true;
            }
            await _bell.WaitAsync(Beat, stopping);
            if (stopping.IsCancellationRequested)
            {
                return;
            }
        }
        // Whoever waits for the last of them is told.
        Changed();
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        if (!_isPastKnown)
        {
            await LearnPastAsync(cancellationToken);
        }
        await (_wish switch
        {
            not ReplicaWish.Run => EndAsync(cancellationToken),
            _ when _isUp => WatchAsync(cancellationToken),
            _ when View.Status is not DeploymentStatuses.Failed && Now >= _notBefore => StartAsync(cancellationToken),
            _ => Task.CompletedTask,
        });
    }

    private void TrimLog()
    {
        if (Now < _nextLogLook)
        {
            return;
        }
        _nextLogLook = Now + LogEvery;
        try
        {
            Log.Rotate(shop.Options.LogBytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A server is watched whether its log can be moved or not.
            _nextLogLook = Now + LogAfterTrouble;
            LogNotTrimmed(shop.Logger, Log.Path, exception);
        }
    }

    /// <summary>Shows where it stands now, and keeps it.</summary>
    private async Task TellAsync(string status, string? reason, CancellationToken cancellationToken)
    {
        Show(_row with { Status = status, FailureReason = reason });
        await shop.Store.SaveAsync(_row, cancellationToken);
    }

    private void Show(ReplicaRow row)
    {
        _row = row;
        View = View with
        {
            Status = row.Status,
            Reason = row.FailureReason,
            Port = _isUp || row.Status is DeploymentStatuses.Starting ? (int?)row.Port : null,
            Pid = _isUp ? shop.Processes.Look(Folder).Pid : null,
            Gpus = _isUp ? row.GpuList : [],
            Restarts = (int)row.Restarts,
            Command = row.Command,
            Attempt = row.Attempt,
            OverSince = ReplicaView.Ends(row.Status) ? View.OverSince ?? shop.Clock.GetUtcNow() : null,
        };
        Changed();
    }

    [LoggerMessage(2652, LogLevel.Error, "Looking after server {Number} of deployment {Deployment} failed; it is tried again")]
    private static partial void LogBeatFailed(ILogger logger, string deployment, long number, Exception exception);

    [LoggerMessage(2660, LogLevel.Warning, "The log {File} is long and cannot be moved; it is tried again in a minute")]
    private static partial void LogNotTrimmed(ILogger logger, string file, Exception exception);
}

/// <summary>What is wanted of a server.</summary>
internal enum ReplicaWish
{
    Run,
    Stop,

    /// <summary>To stop, and then to run again.</summary>
    Restart,
}
