namespace Slipway.Server.Serving;

/// <summary>Between the order to stop and the end: answers in flight may finish, for a while.</summary>
internal sealed class StopGrace : IDisposable
{
    private readonly CancellationTokenSource _ended;
    private readonly CancellationTokenRegistration _onStopping;

    public StopGrace(IHostApplicationLifetime lifetime, IOptions<ServingOptions> options, TimeProvider clock)
    {
        _ended = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        _onStopping = lifetime.ApplicationStopping.Register(() => _ended.CancelAfter(options.Value.ShutdownGrace));
    }

    /// <summary>Cancelled when the grace is over.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Cancelled when the client goes away or the grace is over, whichever is first.</summary>
    public CancellationTokenSource Link(CancellationToken requestAborted) =>
        CancellationTokenSource.CreateLinkedTokenSource(requestAborted, _ended.Token);

    public void Dispose()
    {
        _onStopping.Dispose();
        _ended.Dispose();
    }
}
