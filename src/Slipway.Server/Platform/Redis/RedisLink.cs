namespace Slipway.Server.Platform.Redis;

/// <summary>
/// The way to Redis as far as it is open. Nothing waits for one that does not answer: the first call that does not get its
/// answer in time closes the link, and from then on calls are told at once, until a probe in the background gets through.
/// </summary>
internal sealed partial class RedisLink(RedisAddress address, TimeProvider clock, ILogger<RedisLink> logger) : BackgroundService
{
    /// <summary>The most that a request may lose to a Redis that has just gone away.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource _firstTry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile RedisConnection? _connection;

    public bool IsUp => _connection is not null;

    /// <summary>Runs a script and waits for what it says; null when Redis does not answer, or with an error.</summary>
    public async ValueTask<RedisReply?> RunAsync(RedisScript script, string[] keys, string[] arguments)
    {
        if (_connection is not { } connection)
        {
            return null;
        }
        try
        {
            var reply = await AskAsync(connection, Command("EVALSHA", script.Hash, keys, arguments));
            if (reply.Error?.StartsWith("NOSCRIPT", StringComparison.Ordinal) == true)
            {
                reply = await AskAsync(connection, Command("EVAL", script.Text, keys, arguments));
            }
            if (reply.Error is not { } error)
            {
                return reply;
            }
            Close(connection, error);
        }
        catch (Exception exception) when (exception is IOException or TimeoutException)
        {
            Close(connection, exception is TimeoutException ? $"no answer in {Patience.TotalMilliseconds} ms" : exception.Message);
        }
        return null;
    }

    /// <summary>Runs a script some time soon, if Redis is there; nobody hears what became of it.</summary>
    public void Post(RedisScript script, string[] keys, string[] arguments) => _ = RunAsync(script, keys, arguments).AsTask();

    /// <summary>Gives the first connection a moment, so that limits are shared from the first request on.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        await _firstTry.Task.WaitAsync(Patience, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (pause, isToldOf) = (FirstPause, false);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                patience.CancelAfter(ConnectPatience);
                await using var connection = await RedisConnection.OpenAsync(address, patience.Token);
                LogOpen(address);
                _connection = connection;
                _firstTry.TrySetResult();
                isToldOf = true;
                var openedAt = clock.GetTimestamp();
                await connection.Closed.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                // One that greets and then runs no script, as after a fail-over, has not got any better.
                pause = clock.GetElapsedTime(openedAt) > LongestPause ? FirstPause : pause;
                Close(connection, stoppingToken.IsCancellationRequested ? null : "the connection ended");
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                if (!isToldOf)
                {
                    LogClosed(address, exception.Message);
                }
                isToldOf = true;
                _firstTry.TrySetResult();
            }
            await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    // The first one that notices says so and hangs up, which wakes the loop above; all others find it done.
    private void Close(RedisConnection connection, string? reason)
    {
        if (Interlocked.CompareExchange(ref _connection, null, connection) == connection)
        {
            if (reason is not null)
            {
                LogClosed(address, reason);
            }
            _ = connection.DisposeAsync().AsTask();
        }
    }

    private Task<RedisReply> AskAsync(RedisConnection connection, string[] command) => connection.SendAsync(command).WaitAsync(Patience, clock);

    private static string[] Command(string verb, string script, string[] keys, string[] arguments) =>
        [verb, script, keys.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), .. keys, .. arguments];

    [LoggerMessage(2151, LogLevel.Information, "Redis at {Address} answers: limits hold across all gateways")]
    private partial void LogOpen(RedisAddress address);

    [LoggerMessage(2152, LogLevel.Error,
        "Redis at {Address} cannot be used ({Reason}): until it answers, every gateway admits its own share of each limit")]
    private partial void LogClosed(RedisAddress address, string reason);
}
