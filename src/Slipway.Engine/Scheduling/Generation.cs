using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Slipway.Engine.Scheduling;

/// <summary>One request on its way: read its pieces as they come, or await its end.</summary>
public sealed class Generation
{
    private readonly Channel<GenerationPiece> _pieces = Channel.CreateUnbounded<GenerationPiece>(
        new UnboundedChannelOptions { SingleWriter = true, SingleReader = true });

    private readonly TaskCompletionSource<GenerationResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action _wake;
    private volatile bool _isCancelled;
    private int _generated;

    internal Generation(Action wake) => _wake = wake;

    /// <summary>The account at the end; faults when a step failed.</summary>
    public Task<GenerationResult> Completion => _completion.Task;

    /// <summary>Called once at the end, before anybody learns of it: who then comes again finds the place free.</summary>
    internal Action? Ending { get; set; }

    /// <summary>The account at the end; null until then, and for good when a step failed.</summary>
    public GenerationResult? Result { get; private set; }

    /// <summary>Tokens made so far. The account at the end is the final one.</summary>
    public int Generated
    {
        get => Volatile.Read(ref _generated);
        internal set => Volatile.Write(ref _generated, value);
    }

    internal bool IsCancelled => _isCancelled;

    /// <summary>The pieces in order, to be read once. Cancelling the reading cancels the generation.</summary>
    public async IAsyncEnumerable<GenerationPiece> ReadAllAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.Register(Cancel);
        await foreach (var piece in _pieces.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return piece;
        }
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Takes the sequence out before the next step; what was made until then is accounted.</summary>
    public void Cancel()
    {
        _isCancelled = true;
        _wake();
    }

    internal void Write(GenerationPiece piece) => _pieces.Writer.TryWrite(piece);

    internal void Finish(GenerationResult result)
    {
        Result = result;
        Ending?.Invoke();
        _pieces.Writer.TryComplete();
        _completion.TrySetResult(result);
    }

    internal void Fail(Exception exception)
    {
        Ending?.Invoke();
        _pieces.Writer.TryComplete(exception);
        _completion.TrySetException(exception);
        _ = _completion.Task.Exception; // Whoever only reads the pieces has seen the fault there.
    }
}
