using Slipway.Client.Deployments;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Deployments.Supervision;

/// <summary>A server that runs: how it is, and what follows when it is no more.</summary>
internal sealed partial class ReplicaKeeper
{
    private const int LinesOfReason = 12;

    // Who loads is asked more often: it becomes a route within a second of being well.
    private static readonly TimeSpan Eager = TimeSpan.FromMilliseconds(300);

    // Python's words for it, llama.cpp's, and our own.
    private static readonly string[] PortWords = ["address already in use", "couldn't bind HTTP server socket", "is taken by another process"];

    private HangWatch _hang = new(shop.Options.HungAfter, shop.Clock);
    private Task<HealthAnswer>? _question;
    private TimeSpan _nextQuestion;
    private TimeSpan _startedAt;
    private TimeSpan? _healthySince;
    private TimeSpan? _silentSince;
    private long _logFrom;
    private int _misses;
    private string? _verdict;

    private void BeginWatch(bool isAdopted)
    {
        (_hang, _question, _nextQuestion, _misses, _verdict) = (new HangWatch(shop.Options.HungAfter, shop.Clock), null, Now, 0, null);
        (_startedAt, _healthySince, _silentSince, _endingSince, _toldAt) = (Now, null, null, null, null);
        _logFrom = isAdopted ? 0 : Log.End;
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
            // Its end is all that is waited for.
            await shop.Processes.StopAsync(Folder, force: true, cancellationToken);
            return;
        }
        if (_question is { IsCompleted: true } question)
        {
            _question = null;
            await HearAsync(await question, cancellationToken);
        }
        else if (_question is null && Now >= _nextQuestion && _row.Port is { } port)
        {
            _nextQuestion = Now + (View.Status is DeploymentStatuses.Starting && shop.Options.HealthEvery > Eager ? Eager : shop.Options.HealthEvery);
            _question = shop.Health.AskAsync(engine, (int)port, deployment.HealthPath, cancellationToken);
        }
    }

    private async Task HearAsync(HealthAnswer answer, CancellationToken cancellationToken)
    {
        _silentSince = answer.IsSilent ? _silentSince ?? Now : null;
        if (_hang.Saw(answer.Figures))
        {
            await CondemnAsync($"it hung: it had requests and got nowhere with them for {shop.Options.HungAfter.TotalSeconds:0} s", cancellationToken);
        }
        else if (View.Status is DeploymentStatuses.Starting)
        {
            await HearStartingAsync(answer, cancellationToken);
        }
        else if (_silentSince is { } since && Now - since >= shop.Options.SilentAfter)
        {
            await CondemnAsync($"it has answered nothing for {shop.Options.SilentAfter.TotalSeconds:0} s ({answer.Words})", cancellationToken);
        }
        else if (answer.IsWell)
        {
            _misses = 0;
            View = View with { LastHealth = shop.Clock.GetUtcNow() };
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
            (_healthySince, _lostPorts, _notThisPort) = (Now, 0, null);
            View = View with { LastHealth = shop.Clock.GetUtcNow() };
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

    /// <summary>A process that is no more: what it held is given back, and when it is tried again is decided.</summary>
    private async Task DiedAsync(string words, CancellationToken cancellationToken)
    {
        var (lived, sound, port) = (Now - _startedAt, _healthySince is { } since ? Now - since : TimeSpan.Zero, _port);
        await ReleaseAsync(cancellationToken);
        LogDied(shop.Logger, deployment.ServedModelName, _row.Number, words);
        var last = string.Join('\n', Log.Tail(LinesOfReason, _logFrom));
        if (sound == TimeSpan.Zero && port is { } lost && IsTaken(lost, last) && ++_lostPorts <= MostLostPorts)
        {
            // Somebody was quicker with the port: no fault of the server's.
            (_notThisPort, _notBefore) = (lost, Now);
            await TellAsync(DeploymentStatuses.Starting, $"somebody else has taken port {lost}; it is started on another one.", cancellationToken);
        }
        else if (_rule.Died(lived, sound, $"{words}\n{last}") is { } pause)
        {
            _notBefore = Now + pause;
            var next = pause == TimeSpan.Zero ? "it is started again" : $"it is started again in {pause.TotalSeconds:0.#} s";
            await TellAsync(DeploymentStatuses.Starting, $"{words}; {next}.", cancellationToken);
        }
        else
        {
            await TellAsync(DeploymentStatuses.Failed, last.Length > 0 ? $"{words}; the last lines of its log:\n{last}" : $"{words}.", cancellationToken);
        }
    }

    /// <summary>Whether it ended because somebody else has its port: who did may be gone again, but it has said so.</summary>
    private bool IsTaken(int port, string last) =>
        PortWords.Any(words => last.Contains(words, StringComparison.OrdinalIgnoreCase)) || !shop.Ports.IsFree(port);

    private static string Words(ProcessSighting seen) => seen.State switch
    {
        ProcessState.Exited when seen.ExitCode > 128 => $"it was ended by signal {seen.ExitCode - 128} (exit code {seen.ExitCode})",
        ProcessState.Exited => $"it ended with exit code {seen.ExitCode}",
        _ => "it is gone and left no exit code: killed together with what watched it, or the machine was restarted",
    };

    [LoggerMessage(2651, LogLevel.Warning, "Server {Number} of {Model}: {Words}")]
    private static partial void LogDied(ILogger logger, string model, long number, string words);

    [LoggerMessage(2653, LogLevel.Information, "Server {Number} of {Model} is well after {Seconds:0.0} s")]
    private static partial void LogReady(ILogger logger, string model, long number, double seconds);
}
