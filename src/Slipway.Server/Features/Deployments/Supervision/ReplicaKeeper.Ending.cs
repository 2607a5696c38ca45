using Slipway.Client.Deployments;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Deployments.Supervision;

/// <summary>A server's end: no route, no requests, no process.</summary>
internal sealed partial class ReplicaKeeper
{
    // A request that was on its way to the server when it lost its route arrives within this time.
    private static readonly TimeSpan RouteSlack = TimeSpan.FromMilliseconds(500);

    private TimeSpan? _endingSince;
    private TimeSpan? _toldAt;

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
        else
        {
            GiveBack();
        }
        if (_wish is ReplicaWish.Restart)
        {
            _rule.Reset();
            (_notBefore, _lostPorts, _notThisPort) = (Now, 0, null);
            // What was said of the processes that had to be killed is not true of the next.
            View = View with { IsStubborn = false, IsUndead = false };
            await TellAsync(DeploymentStatuses.Starting, null, cancellationToken);
            RunAgain();
        }
        else if (!View.IsOver || View.IsStubborn)
        {
            View = View with { IsStubborn = false, IsUndead = false };
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
                await KillAsync(cancellationToken);
            }
            else if (!View.IsStubborn)
            {
                View = View with { IsStubborn = true };
                await TellAsync(
                    DeploymentStatuses.Stopping, $"its processes have not ended {shop.Options.StopGrace.TotalSeconds:0} s after they were told to", cancellationToken);
            }
        }
    }

    private async Task KillAsync(CancellationToken cancellationToken)
    {
        await shop.Processes.StopAsync(Folder, force: true, cancellationToken);
        if (!View.IsUndead && shop.Processes.Look(Folder).State == ProcessState.Running)
        {
            View = View with { IsUndead = true };
            await TellAsync(DeploymentStatuses.Stopping, "its processes were killed and have not ended: they wait for a device or a disk", cancellationToken);
        }
    }

    /// <summary>A restart has come to its turning point, unless a removal has come in between.</summary>
    private void RunAgain()
    {
        lock (_gate)
        {
            (_wish, _isForced) = _wish is ReplicaWish.Restart ? (ReplicaWish.Run, false) : (_wish, _isForced);
        }
    }

    /// <summary>After the process's end: nothing that it left behind lives on, and what it held is free.</summary>
    private async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        await shop.Processes.SweepAsync(Folder, cancellationToken);
        _isUp = false;
        GiveBack();
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
}
