using System.Collections.Concurrent;
using Slipway.Client.Runs;
using Slipway.Server.Features.Runs.Executors;
using Slipway.Server.Features.Runs.Logs;
using Slipway.Server.Features.Runs.Metrics;
using Slipway.Server.Platform.Files;

namespace Slipway.Server.Features.Runs.Supervision;

/// <summary>Those who read what runs write, by run.</summary>
internal sealed class RunFollowerShop(FigureStore store, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<string, RunFollower> _followers = new(StringComparer.Ordinal);

    /// <summary>Who reads this run's files in this process; null when nobody does.</summary>
    public RunFollower? Of(string runId) => _followers.GetValueOrDefault(runId);

    /// <summary>
    /// The same for a run that may have begun to speak before anybody was there to read it; null when nobody comes.
    /// </summary>
    public async Task<RunFollower?> WaitForAsync(RunRow run, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        while (Of(run.Id) is null && !run.IsFinal && clock.GetElapsedTime(began) < Patience)
        {
            await Task.Delay(Pause, clock, cancellationToken);
        }
        return Of(run.Id);
    }

    public RunFollower Make(RunRow run, AttemptRow attempt, Launch launch)
    {
        var follower = new RunFollower(run, attempt, launch, store, clock, gone => _followers.TryRemove(KeyValuePair.Create(run.Id, gone)));
        _followers[run.Id] = follower;
        return follower;
    }
}

/// <summary>Reads what an attempt writes, into index, figures and progress.</summary>
internal sealed class RunFollower : IAsyncDisposable
{
    private const long BytesAtOnce = 4L << 20;
    private const int LogBytesAtOnce = 4 << 20;
    private const long LargestState = 64L << 20;

    private static readonly TimeSpan NotePace = TimeSpan.FromSeconds(1);

    private readonly RunRow _run;
    private readonly Launch _launch;
    private readonly FigureStore _store;
    private readonly TimeProvider _clock;
    private readonly Action<RunFollower> _gone;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly MetricReader _metrics;
    private readonly LogIndexer _indexer;
    private readonly FollowedFile _trainerLog;
    private readonly long _takenBefore;
    private long _notedAt;
    private bool _hasNews = true;

    public RunFollower(RunRow run, AttemptRow attempt, Launch launch, FigureStore store, TimeProvider clock, Action<RunFollower> gone)
    {
        (_run, _launch, _store, _clock, _gone) = (run, launch, store, clock, gone);
        var state = ReaderState.Of(attempt.Reader);
        _metrics = new MetricReader(clock, isResumed: attempt.Resumes is not null, state.Metrics);
        _takenBefore = state.Output;
        _indexer = LogIndexer.Open(launch.OutputFile, sinkFrom: _takenBefore);
        _trainerLog = new FollowedFile(Path.Combine(launch.OutputFolder, "trainer_log.jsonl"), state.TrainerLog);
    }

    /// <summary>Reads what has come since; writes it down about once a second.</summary>
    public Task AdvanceAsync(CancellationToken cancellationToken) => InTurnAsync(async () =>
    {
        Read(cancellationToken);
        var since = _clock.GetElapsedTime(_notedAt);
        if (_hasNews && since >= NotePace)
        {
            await NoteAsync(isLast: false, cancellationToken);
        }
    }, cancellationToken);

    /// <summary>Reads the rest: nobody writes any more.</summary>
    public Task FinishAsync(CancellationToken cancellationToken) => InTurnAsync(async () =>
    {
        while (Read(cancellationToken))
        {
        }
        _indexer.Finish(_metrics, cancellationToken);
        LogIndexer.Renew(_launch.OutputFile, _clock, cancellationToken);
        ReadState();
        await NoteAsync(isLast: true, cancellationToken);
    }, cancellationToken);

    /// <summary>What the job says itself; written down when this returns.</summary>
    public Task PushAsync(RunProgressReport report, CancellationToken cancellationToken) => InTurnAsync(async () =>
    {
        var remaining = report.EtaSeconds is { } seconds && seconds < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        _metrics.Pushed(report.Progress, report.Step, report.TotalSteps, report.Epoch, remaining, report.Metrics ?? new Dictionary<string, double>());
        await NoteAsync(isLast: false, cancellationToken);
    }, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _gone(this);
        await _turn.WaitAsync();
        _indexer.Dispose();
    }

    private bool Read(CancellationToken cancellationToken)
    {
        var before = (_indexer.Position.Offset, _trainerLog.Position.Offset);
        var hasMore = _indexer.Advance(_metrics, BytesAtOnce, cancellationToken);
        hasMore |= _trainerLog.Read(_metrics.TrainerLog, LogBytesAtOnce);
        _hasNews |= before != (_indexer.Position.Offset, _trainerLog.Position.Offset);
        return hasMore;
    }

    private void ReadState()
    {
        using var file = PlainFile.TryOpen(Path.Combine(_launch.OutputFolder, "trainer_state.json"));
        if (file is null || RandomAccess.GetLength(file) is var length && length > LargestState)
        {
            return;
        }
        var bytes = new byte[length];
        _metrics.TrainerState(bytes.AsSpan(0, RandomAccess.Read(file, bytes, 0)));
    }

    private async Task NoteAsync(bool isLast, CancellationToken cancellationToken)
    {
        var batch = _metrics.Take(isLast);
        var state = _metrics.Save();
        await _store.NoteAsync(_run, _indexer.Position.Lines, batch, new ReaderState
        {
            // An index that is made anew stands before what was taken earlier.
            Output = Math.Max(_indexer.Position.Offset, _takenBefore),
            TrainerLog = _trainerLog.Position,
            Metrics = state,
        }, cancellationToken);
        (_notedAt, _hasNews) = (_clock.GetTimestamp(), false);
    }

    private async Task InTurnAsync(Func<Task> act, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await act();
        }
        finally
        {
            _turn.Release();
        }
    }
}
