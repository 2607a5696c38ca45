using Slipway.Engine;
using Slipway.Engine.Formats;
using Slipway.Server.Platform.Languages;
using Slipway.Server.Platform.Listening;
using Slipway.Server.Platform.Memory;

namespace Slipway.Server.Serving;

/// <summary>
/// Knows which model is loaded and changes it while requests run: those in flight finish on the model they began with.
/// Changes happen one after another; the same load asked for twice at once is done once.
/// </summary>
internal sealed partial class ModelHost(
    IOptions<ServingOptions> options, IMemoryGauge memory, TimeProvider clock, ILogger<ModelHost> logger) : IAsyncDisposable
{
    private readonly Slot<LoadedModel> _slot = new();
    private readonly SemaphoreSlim _change = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private PendingLoad? _pending;
    private volatile LoadProgress? _progress;
    private volatile Failure? _lastFailure;

    /// <summary>What is loaded, for looking at; null when nothing is.</summary>
    public LoadedModel? Current => _slot.Peek();

    /// <summary>The load under way, if any.</summary>
    public LoadProgress? Loading => _progress;

    /// <summary>Ends with the load that is under way while there is no model yet; else it has ended.</summary>
    public Task FirstLoad => _slot.Peek() is null && PendingTask() is { } pending ? pending : Task.CompletedTask;

    /// <summary>Why the last load failed; null when it did not.</summary>
    public Sentence? LastFailure => _lastFailure?.Sentence;

    /// <summary>Lends what is loaded, if anything is.</summary>
    public Lease<LoadedModel>? TryTake() => _slot.TryTake();

    /// <summary>Lends the loaded model. While the first one is still loading, waits for it.</summary>
    public async Task<(Lease<LoadedModel>? Lease, Refusal? Refusal)> TakeAsync(string? name, CancellationToken cancellationToken)
    {
        // Handlers begin on the thread that waits for every client's bytes. Whoever takes a model is about to render and to
        // tokenize, which may be long work: not there.
        await EventThreads.LeaveAsync();
        var lease = _slot.TryTake();
        if (lease is null && PendingTask() is { } pending)
        {
            await pending.WaitAsync(cancellationToken);
            lease = _slot.TryTake();
        }

        if (lease is null)
        {
            return (null, new Refusal(RefusalKind.NotReady, ServingSentences.NoModel(LastFailure)));
        }

        if (name is not null && !lease.Value.IsCalled(name))
        {
            var refusal = new Refusal(RefusalKind.UnknownModel, ServingSentences.OtherModel(name, lease.Value.Name));
            lease.Dispose();
            return (null, refusal);
        }

        return (lease, null);
    }

    /// <summary>
    /// Loads <paramref name="source"/> and puts it in place of what is loaded, or gives the reason why not; what was loaded
    /// then stays. Cancelling stops the waiting only: somebody else may be waiting for the same load.
    /// </summary>
    public Task<Sentence?> LoadAsync(ModelSource source, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_pending is not { } pending || pending.Source != source || pending.Task.IsCompleted)
            {
                _pending = pending = new PendingLoad(source, Task.Run(() => ChangeAsync(source), CancellationToken.None));
            }

            return pending.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Takes the model out of use at once; ends when the answers in flight are finished and its memory is free.</summary>
    public async Task UnloadAsync(CancellationToken cancellationToken)
    {
        Task freed;
        await _change.WaitAsync(cancellationToken);
        try
        {
            var name = Current?.Name;
            freed = _slot.ReplaceAsync(null);
            _lastFailure = null;
            if (name is not null)
            {
                LogUnloading(name);
            }
        }
        finally
        {
            _change.Release();
        }

        await freed.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Puts the weights at <paramref name="source"/> under <paramref name="model"/>, or gives the reason why not; it then stays as it is.
    /// Its requests go on with the new weights between two steps, and the old are freed. Where the files differ in more than their format,
    /// so that sequences cannot go on, those under way finish on the old weights.
    /// </summary>
    /// <param name="model">What is loaded.</param>
    /// <param name="source">Must be the same model.</param>
    /// <param name="progress">Of the load, 0 to 1.</param>
    /// <param name="cancellationToken">Ends the load; once the weights are there, they are exchanged.</param>
    /// <exception cref="OperationCanceledException">It was cancelled, and nothing has changed.</exception>
    public async Task<Sentence?> ExchangeAsync(LoadedModel model, ModelSource source, IProgress<double> progress, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, cancellationToken);
        await _change.WaitAsync(either.Token);
        LanguageModel? weights = null;
        try
        {
            if (Current != model)
            {
                return ServingSentences.ChangedMeanwhile;
            }

            weights = await Task.Factory.StartNew(
                () => LanguageModel.Load(source.Path, progress, either.Token), either.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            if (!model.Model.IsSameAs(weights))
            {
                return ServingSentences.AnotherModel(source, model.Name);
            }

            var next = await ContinueAsync(model, source, weights);
            if (next.Refusal is { } refusal)
            {
                return refusal;
            }

            weights = null;
            _ = _slot.ReplaceAsync(next.Model);
            LogExchanged(model.Name, model.Model.Quantization, next.Model!.Model.Quantization);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ModelFormatException or OutOfMemoryException)
        {
            LogLoadFailed(exception, source.Path);
            return ServingSentences.LoadFailed(source, exception);
        }
        finally
        {
            weights?.Dispose();
            _change.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (PendingTask() is { } pending)
        {
            await pending;
        }

        await _change.WaitAsync(); // For an exchange of weights.

        await _slot.ReplaceAsync(null);
        _stopping.Dispose();
        _change.Dispose();
    }

    private async Task<(LoadedModel? Model, Sentence? Refusal)> ContinueAsync(LoadedModel model, ModelSource source, LanguageModel weights)
    {
        if (model.Model.CanGoOnWith(weights))
        {
            return (await model.SwitchAsync(source, weights, clock), null);
        }

        // A second cache beside the first, until the last answer in flight has ended.
        var missing = model.Engine.KvBytes - memory.ReadAvailable();
        return missing > 0
            ? (null, ServingSentences.NoRoomForCache(source, missing))
            : (model.StartBeside(source, weights, options.Value, clock), null);
    }

    private Task<Sentence?>? PendingTask()
    {
        lock (_gate)
        {
            return _pending?.Task;
        }
    }

    private async Task<Sentence?> ChangeAsync(ModelSource source)
    {
        await _change.WaitAsync(CancellationToken.None);
        try
        {
            if (Current?.Source == source)
            {
                return null;
            }

            var loaded = await Task.Factory.StartNew(
                () => Load(source), _stopping.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            _lastFailure = null;
            // Not awaited: the answers in flight on the old model may take minutes, and nobody waits for their end.
            _ = _slot.ReplaceAsync(loaded);
            return null;
        }
        catch (Exception exception) when (exception
            is IOException or UnauthorizedAccessException or ModelFormatException or OutOfMemoryException or OperationCanceledException)
        {
            LogLoadFailed(exception, source.Path);
            var sentence = ServingSentences.LoadFailed(source, exception);
            _lastFailure = new Failure(sentence);
            return sentence;
        }
        finally
        {
            _progress = null;
            _change.Release();
        }
    }

    private LoadedModel Load(ModelSource source)
    {
        var started = clock.GetTimestamp();
        var progress = new LoadProgress(source, percent => LogProgress(source.FileName, percent));
        _progress = progress;
        var loaded = LoadedModel.Load(source, options.Value, progress, clock, _stopping.Token);
        LogLoaded(
            loaded.Name, loaded.Model.Quantization, loaded.Model.ParameterCount, loaded.Model.ByteSize >> 20,
            loaded.Engine.KvTokens, loaded.KvFormat, loaded.Engine.KvBytes >> 20,
            Math.Round(clock.GetElapsedTime(started).TotalSeconds, 2));
        foreach (var note in loaded.Model.Notes)
        {
            LogNote(loaded.Name, note);
        }

        return loaded;
    }

    private sealed record PendingLoad(ModelSource Source, Task<Sentence?> Task);

    private sealed record Failure(Sentence Sentence);

    [LoggerMessage(1101, LogLevel.Information, "Loading {Model}: {Percent} %")]
    private partial void LogProgress(string model, int percent);

    [LoggerMessage(1102, LogLevel.Information,
        "Loaded {Model} in {Format}: {Parameters} parameters, {MiB} MiB, room for {KvTokens} tokens in {KvFormat} ({KvMiB} MiB), in {Seconds} s")]
    private partial void LogLoaded(
        string model, string format, long parameters, long miB, int kvTokens, string kvFormat, long kvMiB, double seconds);

    [LoggerMessage(1105, LogLevel.Warning, "Of {Model}: {Note}")]
    private partial void LogNote(string model, string note);

    [LoggerMessage(1103, LogLevel.Error, "Loading {Path} failed")]
    private partial void LogLoadFailed(Exception exception, string path);

    [LoggerMessage(1106, LogLevel.Information, "{Model} goes on in {After}; it was in {Before}")]
    private partial void LogExchanged(string model, string before, string after);

    [LoggerMessage(1104, LogLevel.Information, "Unloading {Model}; answers in flight finish first")]
    private partial void LogUnloading(string model);
}
