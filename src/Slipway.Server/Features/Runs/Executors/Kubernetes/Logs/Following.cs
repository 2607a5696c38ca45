namespace Slipway.Server.Features.Runs.Executors.Kubernetes.Logs;

/// <summary>The stream of one pod's log, if it is open, and who may touch it.</summary>
internal sealed class Following
{
    public SemaphoreSlim Gate { get; } = new(1);

    /// <summary>Ends with the stream, and never fails.</summary>
    public Task Stream { get; set; } = Task.CompletedTask;

    public CancellationTokenSource? Stop { get; set; }

    /// <summary>Waits for the stream to end by itself, and ends it when that takes longer than <paramref name="patience"/>.</summary>
    public async Task EndAsync(TimeSpan patience, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            await Stream.WaitAsync(patience, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            await Stop!.CancelAsync();
            await Stream;
        }
    }
}
