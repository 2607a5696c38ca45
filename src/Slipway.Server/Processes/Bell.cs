namespace Slipway.Server.Processes;

/// <summary>Wakes a loop that otherwise looks at its work from time to time.</summary>
internal class Bell(TimeProvider clock)
{
    private TaskCompletionSource _rung = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Ring() => _rung.TrySetResult();

    /// <summary>Until somebody rings, or the time has passed.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        await _rung.Task.WaitAsync(atMost, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_rung.Task.IsCompleted)
        {
            _rung = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
