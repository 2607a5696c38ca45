using System.Data.Common;
using Slipway.Client.Runs;
using Slipway.Server.Features.Runs.Executors;

namespace Slipway.Server.Features.Runs.Supervision;

/// <summary>What every watch works with.</summary>
internal sealed class RunWatchShop(
    RunStore store, RunPreparation preparation, RunFollowerShop followers, RunEnding ending, DiskGuard disk,
    IOptions<TrainingOptions> options, TimeProvider clock, ILogger<RunWatch> logger)
{
    public RunStore Store => store;

    public RunPreparation Preparation => preparation;

    public RunFollowerShop Followers => followers;

    public RunEnding Ending => ending;

    public DiskGuard Disk => disk;

    public TimeProvider Clock => clock;

    public ILogger Logger => logger;

    public TimeSpan StopGrace => TimeSpan.FromSeconds(options.Value.StopGraceSeconds);

    public RunWatch Make(RunRow run, IExecutor executor) => new(run, executor, this);
}

/// <summary>
/// One attempt, from the moment it may have been started to its end:
/// 1. start it, or find it when it was started before a crash;
/// 2. look at it, bring its output, read its figures, until it has ended;
/// 3. read the rest, collect what it has made, and write down the end;
/// 4. remove what it has left elsewhere.
/// Every step can be repeated: a restart begins at 1 with what is written down.
/// </summary>
internal sealed partial class RunWatch(RunRow run, IExecutor executor, RunWatchShop shop)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource _cancel = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isCancelled;
    private bool _isStopped;
    private string? _stopReason;
    private bool _isForced;
    private DateTimeOffset _forceAt;
    private bool _isRunning;
    private string? _waitsFor;
    private volatile bool _isLeft;

    public RunRow Run => run;

    /// <summary>Whether nobody else can have its GPUs: not when it has ended, and only what it left elsewhere cannot be reached.</summary>
    public bool HoldsPlace => !_isLeft;

    /// <summary>Ends when the attempt has, or when the server stops.</summary>
    public Task Following { get; private set; } = Task.CompletedTask;

    public void Begin(Action ended, CancellationToken cancellationToken) => Following = Task.Run(async () =>
    {
        try
        {
            await FollowAsync(cancellationToken);
        }
        finally
        {
            ended();
        }
    }, CancellationToken.None);

    /// <summary>Somebody wants it to end.</summary>
    public void Cancel()
    {
        _isCancelled = true;
        _cancel.TrySetResult();
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await AttemptAsync(cancellationToken);
                return;
            }
            catch (ExecutorUnreachableException exception) when (!cancellationToken.IsCancellationRequested)
            {
                LogUnreachable(shop.Logger, run.Id, exception.Message, pause.TotalSeconds);
                await SayAsync(exception.Message, cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                // A full disk, a database that is away: nothing of the run is given up for that.
                LogFailed(shop.Logger, run.Id, pause.TotalSeconds, exception);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await Task.Delay(pause, shop.Clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task AttemptAsync(CancellationToken cancellationToken)
    {
        var launch = shop.Preparation.Describe(run);
        var attempts = await shop.Store.AttemptsAsync(run.Id, cancellationToken);
        if (attempts.Find(attempt => attempt.Number == run.Attempt) is not { } row || row.Phase == AttemptPhases.Forgotten)
        {
            return;
        }
        if ((row.HasEnded ? row.Handle : row.Handle ?? await StartAsync(launch, cancellationToken)) is { } handle)
        {
            if (!row.HasEnded)
            {
                (_isStopped, _isCancelled) = (_isStopped || row.StopSent != 0, _isCancelled || run.CancelledBy is not null);
                if (_isStopped && !_isCancelled)
                {
                    // Nobody asked: there is one other reason to tell a run to end, and it holds still.
                    _stopReason ??= "it was filling the disk; it was told to end before the server was restarted";
                }
                await FollowAsync(launch, handle, row, cancellationToken);
            }
            await ForgetAsync(launch, handle, cancellationToken);
        }
        await shop.Store.ForgottenAsync(run, cancellationToken);
    }

    private async Task FollowAsync(Launch launch, string handle, AttemptRow row, CancellationToken cancellationToken)
    {
        // A script may have removed its own folder; its end is still to be seen, and written down.
        RunFolders.MakePrivate(launch.Folder);
        await using var follower = shop.Followers.Make(run, row, launch);
        Sighting? last;
        while ((last = await LookAsync(launch, handle, follower, cancellationToken)) is null)
        {
            await PauseAsync(cancellationToken);
        }
        await executor.CollectAsync(launch, handle, cancellationToken);
        await follower.FinishAsync(cancellationToken);
        await executor.FetchOutputAsync(launch, handle, cancellationToken);
        await shop.Ending.WriteAsync(run, launch, Judge(last), cancellationToken);
    }

    private async Task ForgetAsync(Launch launch, string handle, CancellationToken cancellationToken)
    {
        try
        {
            await executor.ForgetAsync(launch, handle, cancellationToken);
        }
        catch
        {
            _isLeft = true;
            throw;
        }
    }

    /// <summary>Until the next look is due, or somebody wants it to end.</summary>
    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        var due = Task.Delay(executor.Pace, shop.Clock, cancellationToken);
        await (_cancel.Task.IsCompleted ? due : Task.WhenAny(due, _cancel.Task)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task<string?> StartAsync(Launch launch, CancellationToken cancellationToken)
    {
        // Described again: only now does it stand which checkpoint it was given.
        var started = LayOut() is { } fault
            ? Started.Refused(fault)
            : await executor.StartAsync(shop.Preparation.Describe(run), cancellationToken);
        if (started.Handle is { } handle)
        {
            await shop.Store.LaunchedAsync(run, handle, cancellationToken);
            return handle;
        }
        await shop.Ending.WriteAsync(run, launch, new RunEnd(RunStatuses.Failed, $"could not be started: {started.Failure}")
        {
            FailureCode = FailureCodes.StartFailed,
            FailureReason = started.Failure,
        }, cancellationToken);
        return null;
    }

    /// <summary>Returns what is in the way. A disk that is full, a checkpoint that cannot be read: trying for ever would not tell anybody.</summary>
    private string? LayOut()
    {
        try
        {
            return shop.Preparation.LayOut(run);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"Its folder cannot be made: {exception.Message}";
        }
    }

    /// <summary>One look. Returns what was seen when it was the last one.</summary>
    private async Task<Sighting?> LookAsync(Launch launch, string handle, RunFollower follower, CancellationToken cancellationToken)
    {
        var seen = await executor.LookAsync(launch, handle, cancellationToken);
        await NoteAsync(seen, cancellationToken);
        if (seen.Kind is SightingKind.Ended or SightingKind.Gone)
        {
            return seen;
        }
        if (seen.Kind is SightingKind.Running)
        {
            await executor.CollectAsync(launch, handle, cancellationToken);
            await follower.AdvanceAsync(cancellationToken);
            _stopReason ??= shop.Disk.Complaint(launch.Folder);
        }
        await StopIfWantedAsync(launch, handle, cancellationToken);
        return null;
    }

    private async Task NoteAsync(Sighting seen, CancellationToken cancellationToken)
    {
        if (seen.Kind is SightingKind.Running or SightingKind.Ended && !_isRunning)
        {
            _isRunning = true;
            var words = seen.ExternalId is { } id ? $"running as {id}" : seen.Pid is { } pid ? $"running as process {pid}" : "running";
            await shop.Store.RunningAsync(run, seen.Pid, seen.ExternalId, seen.StartedAt, words, cancellationToken);
        }
        if (seen.Kind is SightingKind.Waiting or SightingKind.Unknown && seen.Words is not null && seen.Words != _waitsFor)
        {
            await shop.Store.WaitingAsync(run, seen.Words, seen.ExternalId, cancellationToken);
            _waitsFor = seen.Words;
        }
        if (seen.Kind is SightingKind.Running && _waitsFor is not null)
        {
            await shop.Store.WaitingAsync(run, null, seen.ExternalId, cancellationToken);
            _waitsFor = null;
        }
    }

    private async Task StopIfWantedAsync(Launch launch, string handle, CancellationToken cancellationToken)
    {
        if (!_isCancelled && _stopReason is null)
        {
            return;
        }
        var now = shop.Clock.GetUtcNow();
        if (_forceAt == default)
        {
            // Noted first: a server that dies in between tells it once more, and knows why it ended if it has.
            await shop.Store.StoppingAsync(run, cancellationToken);
            await executor.StopAsync(launch, handle, force: false, cancellationToken);
            (_isStopped, _forceAt) = (true, now + shop.StopGrace);
        }
        else if (now >= _forceAt)
        {
            // Again and again, each grace: the outside world may have been away when it was told.
            await executor.StopAsync(launch, handle, force: true, cancellationToken);
            (_isForced, _forceAt) = (true, now + shop.StopGrace);
        }
    }

    private RunEnd Judge(Sighting seen)
    {
        var (code, at) = (seen.ExitCode, seen.EndedAt);
        var told = code is { } number ? $" with exit code {number}" : "";
        var why = seen.Words is { } words ? $" ({words})" : "";
        return _stopReason is not null
            ? new RunEnd(RunStatuses.Failed, $"stopped: {_stopReason}") { ExitCode = code, At = at, FailureCode = FailureCodes.Disk, FailureReason = _stopReason }
            : (_isStopped && _isCancelled) || seen.IsCancelled
            ? new RunEnd(RunStatuses.Cancelled, $"cancelled{(_isForced ? ", killed after its grace" : "")}{told}") { ExitCode = code, At = at }
            : seen.Kind is SightingKind.Gone
            ? new RunEnd(RunStatuses.Lost, $"lost: it is not there and has left no exit code{why}") { FailureCode = FailureCodes.Vanished, FailureReason = seen.Words ?? "It vanished without a trace." }
            : code == 0
            ? new RunEnd(RunStatuses.Succeeded, "succeeded") { ExitCode = 0, At = at }
            : new RunEnd(RunStatuses.Failed, $"failed{told}{why}") { ExitCode = code, At = at, FailureReason = seen.Words };
    }

    /// <summary>What a run that cannot be looked at waits for; of no weight when it cannot be noted.</summary>
    private async Task SayAsync(string words, CancellationToken cancellationToken)
    {
        try
        {
            await shop.Store.WaitingAsync(run, words, null, cancellationToken);
            _waitsFor = words;
        }
        catch (DbException exception)
        {
            LogFailed(shop.Logger, run.Id, 0, exception);
        }
    }

    [LoggerMessage(2446, LogLevel.Warning, "Run {Id} cannot be looked at: {Reason} It is tried again in {Pause} s")]
    private static partial void LogUnreachable(ILogger logger, string id, string reason, double pause);

    [LoggerMessage(2442, LogLevel.Error, "Following run {Id} failed; it is tried again in {Pause} s")]
    private static partial void LogFailed(ILogger logger, string id, double pause, Exception exception);
}
