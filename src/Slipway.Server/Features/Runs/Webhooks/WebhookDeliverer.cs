namespace Slipway.Server.Features.Runs.Webhooks;

/// <summary>Carries the outbox out, each target at its own pace: one that does not answer keeps no other waiting.</summary>
internal sealed partial class WebhookDeliverer(
    WebhookOutbox outbox, IOptions<WebhookOptions> options, TimeProvider clock, ILogger<WebhookDeliverer> logger) : BackgroundService
{
    private const int AtOnce = 4;

    private readonly DeliveryOptions _figures = options.Value.WebhookDelivery;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(options.Value.Webhooks.Select(target => FollowAsync(target, stoppingToken)).Append(ForgetAsync(stoppingToken)));

    /// <summary>Makes one attempt for each row that is due; returns how many.</summary>
    internal async Task<int> RunOnceAsync(WebhookTarget target, WebhookSender sender, CancellationToken cancellationToken)
    {
        var made = 0;
        while (await outbox.DueAsync(WebhookOutbox.KeyOf(target), Now, AtOnce, cancellationToken) is { Count: > 0 } due)
        {
            await Task.WhenAll(due.Select(row => AttemptAsync(row, target, sender, cancellationToken)));
            made += due.Count;
        }
        return made;
    }

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task FollowAsync(WebhookTarget target, CancellationToken stoppingToken)
    {
        using var sender = new WebhookSender(target, _figures.Timeout, clock);
        using var timer = new PeriodicTimer(_figures.Interval, clock);
        var isFailing = false;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnceAsync(target, sender, stoppingToken);
                isFailing = false;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // Once, not once in a second: what is noted stays noted.
                if (!isFailing)
                {
                    LogPassFailed(exception);
                }
                isFailing = true;
            }
        }
    }

    private async Task AttemptAsync(WebhookRow row, WebhookTarget target, WebhookSender sender, CancellationToken cancellationToken)
    {
        // Twice the limit: a clock that runs a little faster elsewhere does not take it away in mid-attempt.
        if (!await outbox.TryTakeAsync(row, Now + (long)(2 * _figures.Timeout).TotalMilliseconds, cancellationToken))
        {
            return;
        }
        var failure = await sender.SendAsync(row, cancellationToken);
        var host = new Uri(target.Url).Host;
        if (failure is null)
        {
            await outbox.RemoveAsync(row, cancellationToken);
            LogDelivered(row.Id, row.RunId, host, row.Attempts + 1);
            return;
        }
        var next = Now + (long)PauseAfter(row.Attempts + 1).TotalMilliseconds;
        if (next > row.CreatedAt + (long)_figures.GiveUpAfter.TotalMilliseconds)
        {
            await outbox.RemoveAsync(row, cancellationToken);
            LogGivenUp(row.Id, row.RunId, host, row.Attempts + 1, failure);
            return;
        }
        await outbox.PutOffAsync(row, next, cancellationToken);
        LogPutOff(row.Id, row.RunId, host, row.Attempts + 1, failure);
    }

    /// <summary>How long to wait after so many attempts.</summary>
    internal TimeSpan PauseAfter(long attempts) => TimeSpan.FromMilliseconds(
        Math.Min(_figures.FirstPause.TotalMilliseconds * Math.Pow(2, attempts - 1), _figures.LongestPause.TotalMilliseconds));

    // Rows whose target left the configuration are nobody's: those of the rest have long been given up at that age.
    private async Task ForgetAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), clock);
        do
        {
            try
            {
                var before = Now - (long)(_figures.GiveUpAfter + _figures.LongestPause).TotalMilliseconds;
                if (await outbox.ForgetAsync(before, stoppingToken) is > 0 and var forgotten)
                {
                    LogForgotten(forgotten);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogPassFailed(exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(2590, LogLevel.Information, "Webhook {Id} of run {RunId} was delivered to {Host} in attempt {Attempt}")]
    private partial void LogDelivered(string id, string runId, string host, long attempt);

    [LoggerMessage(2591, LogLevel.Warning, "Webhook {Id} of run {RunId} was not delivered to {Host} in attempt {Attempt}: {Failure}; it is tried again")]
    private partial void LogPutOff(string id, string runId, string host, long attempt, string failure);

    [LoggerMessage(2592, LogLevel.Error, "Webhook {Id} of run {RunId} is given up after attempt {Attempt}; {Host} never took it: {Failure}")]
    private partial void LogGivenUp(string id, string runId, string host, long attempt, string failure);

    [LoggerMessage(2593, LogLevel.Error, "The webhooks that are due cannot be read or noted; they are tried again")]
    private partial void LogPassFailed(Exception exception);

    [LoggerMessage(2594, LogLevel.Warning, "{Count} webhooks are dropped, since their targets are no longer in the configuration")]
    private partial void LogForgotten(int count);
}
