using Slipway.Engine.Formats;
using Slipway.Server.Platform.Languages;
using Slipway.Server.Platform.Memory;

namespace Slipway.Server.Serving.Formats;

/// <summary>
/// Switches the loaded model to another format while it serves: sees that there is room for both, makes the format where it is not there
/// yet, and has the model go on with it. One after another; the same switch asked for twice at once is done once.
/// </summary>
internal sealed partial class FormatSwitch(
    ModelHost host, FormatFinder finder, MadeFormats made, IMemoryGauge memory, IHostApplicationLifetime lifetime, ILogger<FormatSwitch> logger)
    : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Lock _gate = new();
    private (WeightFormat Format, Task<Refusal?> Task)? _pending;
    private CancellationTokenSource _cancelled = new();
    private volatile SwitchProgress? _progress;

    /// <summary>The switch under way; null when there is none.</summary>
    public SwitchProgress? Progress => _progress;

    /// <summary>The formats of the loaded model, or why they cannot be told.</summary>
    public async Task<(ModelFormats? Formats, Refusal? Refusal)> LookAsync(CancellationToken cancellationToken)
    {
        var (lease, refusal) = await host.TakeAsync(null, cancellationToken);
        if (lease is null)
        {
            return (null, refusal);
        }

        using (lease)
        {
            return Look(lease.Value);
        }
    }

    /// <summary>Answers when the model computes with the format, or says why it does not. Cancelling stops the waiting only.</summary>
    public Task<Refusal?> SwitchAsync(WeightFormat format, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_pending is not { } pending || pending.Format != format || pending.Task.IsCompleted)
            {
                var cancelled = _cancelled.Token;
                _pending = pending = (format, Task.Run(() => SwitchInTurnAsync(format, cancelled), CancellationToken.None));
            }

            return pending.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Ends the switch under way and those that wait for it. One that is about to be done is done.</summary>
    /// <returns>Ends when they have. Cancelling it stops the waiting only.</returns>
    public Task CancelAsync(CancellationToken cancellationToken)
    {
        CancellationTokenSource cancelled;
        lock (_gate)
        {
            (cancelled, _cancelled) = (_cancelled, new CancellationTokenSource());
            _pending = null;
        }

        // Outside: whoever waits for the switch may go on within it.
        using (cancelled)
        {
            cancelled.Cancel();
        }

        return WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _one.Dispose();
        _cancelled.Dispose();
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        _one.Release();
    }

    private async Task<Refusal?> SwitchInTurnAsync(WeightFormat format, CancellationToken cancelled)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping, cancelled);
        try
        {
            await _one.WaitAsync(either.Token);
            try
            {
                return await SwitchAloneAsync(format, either.Token);
            }
            finally
            {
                _progress = null;
                _one.Release();
            }
        }
        catch (OperationCanceledException)
        {
            return lifetime.ApplicationStopping.IsCancellationRequested
                ? new Refusal(RefusalKind.NotReady, ServingSentences.Stopping)
                : new Refusal(RefusalKind.Impossible, FormatSentences.Cancelled(format));
        }
    }

    private async Task<Refusal?> SwitchAloneAsync(WeightFormat format, CancellationToken cancellationToken)
    {
        var (lease, refusal) = await host.TakeAsync(null, cancellationToken);
        if (lease is null)
        {
            return refusal;
        }

        // Given back before the exchange: whoever holds it keeps a model that is unloaded in memory.
        LoadedModel model;
        ModelFormats? formats;
        using (lease)
        {
            model = lease.Value;
            (formats, refusal) = Look(model);
        }

        if (formats is null || formats.Current.Format == format)
        {
            return refusal;
        }

        if (formats.Find(format) is not { } wanted)
        {
            return new Refusal(RefusalKind.Impossible, FormatSentences.NotThere(model.Name, format, formats));
        }

        if (CheckMemory(wanted, formats.Current) is { } missing)
        {
            return missing;
        }

        var (source, fault) = await MakeAsync(wanted, cancellationToken);
        if (source is null)
        {
            return new Refusal(RefusalKind.Impossible, fault);
        }

        // What was left may have been taken by somebody else while the format was made.
        if (wanted.Recipe is not null && CheckMemory(wanted, formats.Current) is { } taken)
        {
            return taken;
        }

        var progress = new SwitchProgress(format, SwitchStage.Loading);
        _progress = progress;
        return await host.ExchangeAsync(model, source, progress, cancellationToken) is { } reason ? new Refusal(RefusalKind.Impossible, reason) : null;
    }

    private (ModelFormats? Formats, Refusal? Refusal) Look(LoadedModel model)
    {
        try
        {
            return (new ModelFormats(model, finder.Find(model.Origin, model.Source)), null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ModelFormatException)
        {
            LogUnreadable(exception, model.Source.Path);
            return (null, new Refusal(RefusalKind.Impossible, ServingSentences.LoadFailed(model.Source, exception)));
        }
    }

    /// <summary>The weights in use are mapped and count as left, though they are needed; those of GPTQ are not mapped but repacked.</summary>
    private Refusal? CheckMemory(StoredFormat wanted, StoredFormat current)
    {
        var mapped = current.Weights.IsGptq ? 0 : current.Bytes;
        var left = Math.Max(0, memory.ReadAvailable() - mapped);
        return wanted.Bytes > left
            ? new Refusal(RefusalKind.Impossible, FormatSentences.NoRoom(wanted, current, left))
            : null;
    }

    private async Task<(ModelSource? Source, Sentence Fault)> MakeAsync(StoredFormat wanted, CancellationToken cancellationToken)
    {
        if (wanted.Recipe is not { } recipe)
        {
            return (new ModelSource(wanted.Path), default);
        }

        var source = new ModelSource(wanted.Path);
        var progress = new SwitchProgress(wanted.Format, SwitchStage.Making);
        _progress = progress;
        LogMaking(source.FileName, recipe.ToString());
        try
        {
            var path = await Task.Factory.StartNew(
                () => made.Make(wanted.Path, recipe, progress, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return (new ModelSource(path), default);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ModelFormatException)
        {
            LogNotMade(exception, source.FileName, recipe.ToString());
            return (null, FormatSentences.NotMade(wanted, exception));
        }
    }

    [LoggerMessage(1121, LogLevel.Information, "Making {Type} of {Model}; it is kept for the next time")]
    private partial void LogMaking(string model, string type);

    [LoggerMessage(1122, LogLevel.Error, "Making {Type} of {Model} failed")]
    private partial void LogNotMade(Exception exception, string model, string type);

    [LoggerMessage(1123, LogLevel.Error, "The formats of {Path} cannot be told")]
    private partial void LogUnreadable(Exception exception, string path);
}
