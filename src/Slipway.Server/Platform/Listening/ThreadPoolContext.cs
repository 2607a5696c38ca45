namespace Slipway.Server.Platform.Listening;

/// <summary>Where an await that came upon this one goes on: in the thread pool, whichever thread met the event.</summary>
internal sealed class ThreadPoolContext : SynchronizationContext
{
    public static readonly ThreadPoolContext Instance = new();

    public override void Post(SendOrPostCallback d, object? state) =>
        ThreadPool.UnsafeQueueUserWorkItem(static work =>
        {
            SetSynchronizationContext(Instance);
            try
            {
                work.Callback(work.State);
            }
            finally
            {
                SetSynchronizationContext(null);
            }
        }, (Callback: d, State: state), preferLocal: true);

    public override SynchronizationContext CreateCopy() => this;
}
