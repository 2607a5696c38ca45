namespace Slipway.Server.Platform.Hub.Protocols;

/// <summary>Asks again what may go well the next time: after a pause that doubles, or that the hub asks for.</summary>
/// <param name="options">How often and how long.</param>
/// <param name="clock">Of the pauses.</param>
/// <param name="onPause">Told of each pause; of several at once, as of ranges side by side, of the first.</param>
internal sealed class HubRetry(HubOptions options, TimeProvider clock, Action<HubPause> onPause)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    // Timers may end a little before their time; the next failure after that is news.
    private const double SilentShare = 0.9;

    private readonly Lock _gate = new();
    private DateTimeOffset _silentUntil;

    /// <exception cref="HubException">It did not go well in the end.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await ask();
            }
            catch (HubException exception) when (exception.Fault == HubFault.Transient)
            {
                await PauseAsync(exception, failures, cancellationToken);
            }
        }
    }

    /// <summary>Waits as long as is due after that many failures in a row, or gives up.</summary>
    /// <exception cref="HubException">There were too many, or the hub asks for more patience than there is.</exception>
    public async Task PauseAsync(HubException failure, int failures, CancellationToken cancellationToken)
    {
        if (failures > options.Retries)
        {
            throw new HubException(failure.Message + $" So it was {failures} times in a row. What came is kept: the same command goes on from there.", failure);
        }
        if (failure.RetryAfter > options.MostRetryAfter)
        {
            throw new HubException($"{failure.Message} It asks to be left alone for {failure.RetryAfter.Value.TotalSeconds:0} s. The same command goes on then.", failure);
        }
        var doubled = options.RetryPause * Math.Pow(2, Math.Min(failures - 1, 16));
        var pause = failure.RetryAfter ?? (doubled < LongestPause ? doubled : LongestPause);
        if (IsNews(pause))
        {
            onPause(new HubPause(failure.Message, pause, failures, options.Retries));
        }
        await Task.Delay(pause, clock, cancellationToken);
    }

    private bool IsNews(TimeSpan pause)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            if (now < _silentUntil)
            {
                return false;
            }
            _silentUntil = now + (pause * SilentShare);
            return true;
        }
    }
}
