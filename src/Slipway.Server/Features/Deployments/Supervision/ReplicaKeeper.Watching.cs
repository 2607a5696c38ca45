using Slipway.Client.Deployments;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Deployments.Supervision;

/// <summary>A server that runs: how it is, and how it comes to its end.</summary>
internal sealed partial class ReplicaKeeper
{
    private const int LinesOfReason = 12;

    // A request that was on its way to the server when it lost its route arrives within this time.
    private static readonly TimeSpan RouteSlack = TimeSpan.FromMilliseconds(500);

    private HangWatch _hang = new(shop.Options.HungAfter, shop.Clock);
    private Task<HealthAnswer>? _question;
    private DateTimeOffset _nextQuestion;
    private DateTimeOffset _startedAt;
    private DateTimeOffset? _healthySince;
    private DateTimeOffset? _endingSince;
    private DateTimeOffset? _toldAt;
    private long _logFrom;
    private int _misses;
    private string? _verdict;

    private void BeginWatch(bool isAdopted)
    {
        (_hang, _question, _nextQuestion, _misses, _verdict) = (new HangWatch(shop.Options.HungAfter, shop.Clock), null, Now, 0, null);
        (_startedAt, _healthySince, _endingSince, _toldAt) = (Now, null, null, null);
        _logFrom = isAdopted ? 0 : LogTail.LengthOf(LogPath);
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        var seen = shop.Processes.Look(Folder);
        if (seen.State != ProcessState.Running)
        {
            await DiedAsync(_verdict ?? Words(seen), cancellationToken);
            return;
        }
        if (_verdict is not null)
        {
            return; // Condemned: its end is all that is waited for.
        }
        if (_question is { IsCompleted: true } question)
        {
            _question = null;
            await HearAsync(await question, cancellationToken);
        }
        else if (_question is null && Now >= _nextQuestion && _row.Port is { } port)
        {
            // Who loads is asked more often: it becomes a route within a second of being well.
            _nextQuestion = Now + (View.Status is DeploymentStatuses.Starting && shop.Options.HealthEvery > Eager ? Eager : shop.Options.HealthEvery);
            _question = shop.Health.AskAsync(engine, (int)port, deployment.HealthPath, cancellationToken);
        }
    }

    private static TimeSpan Eager => TimeSpan.FromMilliseconds(300);

    private async Task HearAsync(HealthAnswer answer, CancellationToken cancellationToken)
    {
        if (_hang.Saw(answer.Figures))
        {
            await CondemnAsync($"it hung: it had requests and got nowhere with them for {shop.Options.HungAfter.TotalSeconds:0} s", cancellationToken);
        }
        else if (View.Status is DeploymentStatuses.Starting)
        {
            await HearStartingAsync(answer, cancellationToken);
        }
        else if (answer.IsWell)
        {
            _misses = 0;
            View = View with { LastHealth = Now };
            if (View.Status is DeploymentStatuses.Unhealthy)
            {
                await TellAsync(DeploymentStatuses.Running, null, cancellationToken);
            }
        }
        else if (_hang.HasMoved != true && ++_misses >= shop.Options.HealthMisses && View.Status is DeploymentStatuses.Running)
        {
            // A server whose count of tokens grows is busy, however late its answers are.
            await TellAsync(DeploymentStatuses.Unhealthy, $"{answer.Words}, {_misses} times in a row", cancellationToken);
        }
    }

    private async Task HearStartingAsync(HealthAnswer answer, CancellationToken cancellationToken)
    {
        if (answer.IsWell && await shop.Health.ServesAsync((int)_row.Port!, deployment.ServedModelName, cancellationToken))
        {
            _healthySince = Now;
            View = View with { LastHealth = Now };
            await TellAsync(DeploymentStatuses.Running, null, cancellationToken);
            LogReady(shop.Logger, deployment.ServedModelName, _row.Number, (Now - _startedAt).TotalSeconds);
        }
        else if (Now - _startedAt > shop.Options.StartTimeout)
        {
            await CondemnAsync(
                $"it was not well {shop.Options.StartTimeout.TotalSeconds:0} s after its start ({answer.Words ?? "it serves another model"})", cancellationToken);
        }
    }

    /// <summary>Ends a process that is of no use; what follows is as if it had died.</summary>
    private async Task CondemnAsync(string words, CancellationToken cancellationToken)
    {
        _verdict = words;
        await TellAsync(DeploymentStatuses.Unhealthy, words, cancellationToken);
        await shop.Processes.StopAsync(Folder, force: true, cancellationToken);
    }

    /// <summary>One step towards the end: no route, then no requests, then TERM, and KILL where that was asked for.</summary>
    private async Task EndAsync(CancellationToken cancellationToken)
    {
        if (_isUp && shop.Processes.Look(Folder).State == ProcessState.Running)
        {
            if (_endingSince is null)
            {
                _endingSince = Now;
                await TellAsync(DeploymentStatuses.Stopping, null, cancellationToken);
            }
            await PressAsync(cancellationToken);
            return;
        }
        if (_isUp)
        {
            await ReleaseAsync(cancellationToken);
        }
        if (_wish is ReplicaWish.Restart)
        {
            _rule.Reset();
            (_wish, _isForced, _notBefore) = (ReplicaWish.Run, false, Now);
            await TellAsync(DeploymentStatuses.Starting, null, cancellationToken);
        }
        else if (!View.IsOver || View.IsStubborn)
        {
            View = View with { IsStubborn = false };
            await TellAsync(DeploymentStatuses.Stopped, null, cancellationToken);
        }
    }

    private async Task PressAsync(CancellationToken cancellationToken)
    {
        if (_toldAt is null)
        {
            if (_isForced || await IsQuietAsync(cancellationToken) || Now - _endingSince >= shop.Options.DrainGrace)
            {
                _toldAt = Now;
                await shop.Processes.StopAsync(Folder, force: false, cancellationToken);
            }
        }
        else if (Now - _toldAt >= shop.Options.StopGrace || (_isForced && Now - _toldAt >= Beat))
        {
            // A restart has to come to its end; a removal asks its user first.
            if (_isForced || _wish is ReplicaWish.Restart)
            {
                await shop.Processes.StopAsync(Folder, force: true, cancellationToken);
            }
            else if (!View.IsStubborn)
            {
                View = View with { IsStubborn = true };
                await TellAsync(
                    DeploymentStatuses.Stopping, $"its processes have not ended {shop.Options.StopGrace.TotalSeconds:0} s after they were told to", cancellationToken);
            }
        }
    }

    /// <summary>Whether it says that it has no requests. Who cannot tell is given the whole grace.</summary>
    private async Task<bool> IsQuietAsync(CancellationToken cancellationToken)
    {
        if (Now - _endingSince < RouteSlack || _row.Port is not { } port)
        {
            return false;
        }
        var figures = (await shop.Health.AskAsync(engine, (int)port, deployment.HealthPath, cancellationToken)).Figures;
        return figures is { Running: 0 } && figures.Waiting is null or 0;
    }

    [LoggerMessage(2653, LogLevel.Information, "Server {Number} of {Model} is well after {Seconds:0.0} s")]
    private static partial void LogReady(ILogger logger, string model, long number, double seconds);
}
