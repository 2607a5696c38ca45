namespace Slipway.Server.Platform.Auth;

/// <summary>Loads the keys before the first request, then follows what other processes change.</summary>
internal sealed partial class KeyRingRefresher(
    KeyRing ring, KeyStore store, Pepper pepper, TimeProvider clock, ILogger<KeyRingRefresher> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private bool _isFailing;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await store.RequirePepperAsync(pepper, cancellationToken);
        await ring.RefreshAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await ring.RefreshAsync(stoppingToken);
                _isFailing = false;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // Once, not once in a second: the keys that are known go on working.
                if (!_isFailing)
                {
                    LogRefreshFailed(exception);
                }
                _isFailing = true;
            }
        }
    }

    [LoggerMessage(2102, LogLevel.Error, "The keys cannot be read from the database; those read last stay in force until it answers again")]
    private partial void LogRefreshFailed(Exception exception);
}

internal static class PepperCheck
{
    /// <summary>Makes sure that the keys in the database were hashed under this pepper: under another one none of them would ever match.</summary>
    /// <exception cref="ServerStartException">They were not.</exception>
    public static async Task RequirePepperAsync(this KeyStore store, Pepper pepper, CancellationToken cancellationToken)
    {
        var ours = pepper.HashText("the pepper of this database");
        if (await store.KeepAsync("pepper_check", ours, cancellationToken) != ours)
        {
            throw new ServerStartException(
                "The keys in the database were made under another pepper. Set Auth:Pepper to that of the server that made them, "
                + "or copy its file 'pepper' into this data folder.");
        }
    }
}
