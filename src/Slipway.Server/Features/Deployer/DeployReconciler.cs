using System.Collections.Concurrent;
using Slipway.Client.Deployer;
using Slipway.Server.Features.Deployer.Services;
using Slipway.Server.Features.Deployments;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Deployer;

/// <summary>Wakes the reconciler: something was asked for.</summary>
internal sealed class DeployBell(TimeProvider clock) : Bell(clock);

/// <summary>
/// Brings the deployer's deployments step by step to what is wanted of them, each when its next step is due. What a step found is
/// kept before the next one, so that a server that comes back goes on from there.
/// </summary>
internal sealed partial class DeployReconciler(
    DeployedModelStore store, IEnumerable<IDeployService> services, DeployedRoutes routes, DeploymentDesk desk, DeployBell bell, TimeProvider clock, ILogger<DeployReconciler> logger)
    : BackgroundService
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, IDeployService> _services =
        services.SelectMany(service => service.Types.Select(type => (type, service))).ToDictionary(pair => pair.type, pair => pair.service, StringComparer.Ordinal);

    private readonly ConcurrentDictionary<(string Id, string Tag), Task> _steps = new();
    private readonly ConcurrentDictionary<(string Id, string Tag), (DateTimeOffset At, bool IsUnwanted)> _due = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var all = await store.AllAsync(stoppingToken);
                routes.Replace(all);
                // Of several servers on one data folder one alone acts; the others only know the way.
                if (await desk.WhyNotReadyAsync(stoppingToken) is null)
                {
                    Forget(all);
                    all.ForEach(deployed => Begin(deployed, stoppingToken));
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogLookFailed(exception);
            }
            await bell.WaitAsync(UntilNext(), stoppingToken);
        }
        await Task.WhenAll(_steps.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Forget(List<DeployedModel> all)
    {
        var keys = all.Select(KeyOf).ToHashSet();
        foreach (var gone in _due.Keys.Where(key => !keys.Contains(key)))
        {
            _due.TryRemove(gone, out _);
        }
    }

    private static (string Id, string Tag) KeyOf(DeployedModel deployed) => (deployed.Order.ModelId, deployed.Order.ModelTag);

    /// <summary>Until the next step is due, if that is sooner than a beat.</summary>
    private TimeSpan UntilNext()
    {
        var next = _due.Where(due => !_steps.ContainsKey(due.Key)).Select(due => due.Value.At - clock.GetUtcNow()).DefaultIfEmpty(Beat).Min();
        return next > Beat ? Beat : next < Least ? Least : next;
    }

    private void Begin(DeployedModel deployed, CancellationToken cancellationToken)
    {
        var key = KeyOf(deployed);
        // Who is no longer wanted is due at once.
        var isDue = !_due.TryGetValue(key, out var next) || clock.GetUtcNow() >= next.At || next.IsUnwanted != deployed.IsUnwanted;
        // In before it begins: a step may be over before this method is.
        var step = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (isDue && _steps.TryAdd(key, step.Task))
        {
            _ = Task.Run(() => StepAsync(key, step, cancellationToken), CancellationToken.None);
        }
    }

    private async Task StepAsync((string Id, string Tag) key, TaskCompletionSource step, CancellationToken cancellationToken)
    {
        var pause = AfterFailure;
        var isUnwanted = false;
        try
        {
            // As the last step left it: the list may have been read before that one was over.
            if (await store.FindAsync(key.Id, key.Tag, cancellationToken) is { } deployed)
            {
                isUnwanted = deployed.IsUnwanted;
                pause = await StepAsync(deployed, cancellationToken);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogStepFailed(key.Id, key.Tag, exception);
        }
        catch (OperationCanceledException)
        {
            // The next server goes on.
        }
        finally
        {
            _due[key] = (clock.GetUtcNow() + pause, isUnwanted);
            _steps.TryRemove(key, out _);
            step.SetResult();
            bell.Ring();
        }
    }

    /// <returns>How long to wait for the next step.</returns>
    private async Task<TimeSpan> StepAsync(DeployedModel deployed, CancellationToken cancellationToken)
    {
        var standing = await TryStepAsync(deployed, cancellationToken);
        if (deployed.Last?.Status != standing.Status)
        {
            LogStatus(deployed.Order.ModelId, deployed.Order.ModelTag, standing.Status, standing.FailureReason);
        }
        if (standing.Trouble is { } trouble && deployed.Last?.Trouble != trouble)
        {
            LogTrouble(deployed.Order.ModelId, deployed.Order.ModelTag, trouble);
        }
        await (standing.IsGone ? store.RemoveAsync(deployed.Order, cancellationToken) : store.SaveAsync(deployed.Order, standing, cancellationToken));
        return standing.NextStep;
    }

    /// <summary>A step that fails in a way that nobody foresaw is told to who asks, and tried again.</summary>
    private async Task<Standing> TryStepAsync(DeployedModel deployed, CancellationToken cancellationToken)
    {
        try
        {
            return await _services[deployed.Order.ServiceType].StepAsync(deployed, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogStepFailed(deployed.Order.ModelId, deployed.Order.ModelTag, exception);
            var last = deployed.Last ?? new Standing { Status = DeployedModelStatuses.CreatingInfrastructure, CreatedAt = deployed.CreatedAt };
            return last with { Trouble = exception.Message, NextStep = AfterFailure };
        }
    }

    [LoggerMessage(2642, LogLevel.Error, "Looking after the deployer's deployments failed; it is tried again")]
    private partial void LogLookFailed(Exception exception);

    [LoggerMessage(2643, LogLevel.Information, "{Model}/{Tag} is {Status}. {Reason}")]
    private partial void LogStatus(string model, string tag, string status, string? reason);

    [LoggerMessage(2644, LogLevel.Error, "A step of {Model}/{Tag} failed; it is tried again")]
    private partial void LogStepFailed(string model, string tag, Exception exception);

    [LoggerMessage(2645, LogLevel.Warning, "{Model}/{Tag} could not be looked after: {Trouble}")]
    private partial void LogTrouble(string model, string tag, string trouble);
}
