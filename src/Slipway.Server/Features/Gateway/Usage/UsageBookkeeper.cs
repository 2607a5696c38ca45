namespace Slipway.Server.Features.Gateway.Usage;

/// <summary>Syncs the journal, and folds it into the database once in a second.</summary>
internal sealed partial class UsageBookkeeper(UsageLedger ledger, TimeProvider clock, ILogger<UsageBookkeeper> logger) : BackgroundService
{
    /// <summary>The most that a power failure may take.</summary>
    private static readonly TimeSpan SyncInterval = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan FoldInterval = TimeSpan.FromSeconds(1);

    /// <summary>How often the books are read when nothing happens here: other gateways spend from the same budgets.</summary>
    private const int IdlePasses = 5;

    private bool _isFailing;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await ledger.OpenAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await ledger.CloseAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            LogLeft(exception.Message);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(SyncAsync(stoppingToken), FoldAsync(stoppingToken));

    private async Task SyncAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(SyncInterval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            ledger.Sync();
        }
    }

    private async Task FoldAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(FoldInterval, clock);
        for (var pass = 1; await timer.WaitForNextTickAsync(stoppingToken); pass++)
        {
            try
            {
                if (ledger.HasNews || pass % IdlePasses == 0)
                {
                    await ledger.FoldAsync(stoppingToken);
                }
                _isFailing = false;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                if (!_isFailing)
                {
                    LogFoldFailed(exception);
                }
                _isFailing = true;
            }
        }
    }

    [LoggerMessage(2162, LogLevel.Error, "Usage cannot be put into the database; the journal keeps it until that answers again")]
    private partial void LogFoldFailed(Exception exception);

    [LoggerMessage(2163, LogLevel.Warning, "Some usage is only in the journal yet ({Reason}); the next start puts it into the database")]
    private partial void LogLeft(string reason);
}
