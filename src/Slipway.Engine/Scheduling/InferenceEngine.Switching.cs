namespace Slipway.Engine.Scheduling;

/// <summary>Other weights of the same model, while sequences run.</summary>
public sealed partial class InferenceEngine
{
    /// <summary>
    /// Goes on with the weights of <paramref name="next"/>: all sequences, running and waiting, move over between two steps. When the
    /// task ends, the engine uses nothing of the model that it had before, and that one may be disposed.
    /// </summary>
    /// <remarks>Keys and values that running sequences already have stay as the old weights made them; no later sequence takes them over.</remarks>
    /// <param name="next">Must outlive the engine, or the next change.</param>
    /// <exception cref="ArgumentException">Sequences of the current model cannot go on with it (<see cref="LanguageModel.CanGoOnWith"/>).</exception>
    /// <exception cref="InvalidOperationException">Another change is under way.</exception>
    /// <exception cref="OperationCanceledException">The engine has ended; the model is not in use.</exception>
    public async Task SwitchAsync(LanguageModel next)
    {
        ArgumentNullException.ThrowIfNull(next);
        if (!_model.CanGoOnWith(next))
        {
            throw new ArgumentException($"'{next.Name}' is not laid out as '{_model.Name}' is.", nameof(next));
        }
        var change = new WeightChange(next);
        lock (_gate)
        {
            if (_closed)
            {
                throw new OperationCanceledException("The engine was stopped.");
            }
            if (Interlocked.CompareExchange(ref _change, change, null) is not null)
            {
                throw new InvalidOperationException("The engine is changing its weights already.");
            }
        }
        Wake();
        await change.Done.Task.ConfigureAwait(false);
    }

    private void ChangeWeights()
    {
        if (Volatile.Read(ref _change) is not { } change)
        {
            return;
        }
        try
        {
            _loop.Switch(change.Next.Transformer);
            _model = change.Next;
            Interlocked.Exchange(ref _change, null);
            change.Done.SetResult();
        }
        catch (OutOfMemoryException exception)
        {
            Interlocked.Exchange(ref _change, null);
            change.Done.SetException(exception);
        }
    }

    private sealed class WeightChange(LanguageModel next)
    {
        public LanguageModel Next => next;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
