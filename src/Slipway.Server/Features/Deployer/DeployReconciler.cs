using System.Collections.Concurrent;
using Slipway.Server.Features.Deployer.Services;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Deployer;

/// <summary>Wakes the reconciler: something was asked for.</summary>
internal sealed class DeployBell(TimeProvider clock) : Bell(clock);

/// <summary>
/// Brings the deployer's deployments step by step to what is wanted of them, each when its next step is due. What a step found is
/// kept before the next one, so that a server that comes back goes on from there.
/// </summary>
internal sealed partial class DeployReconciler(
    DeployedModelStore store, IEnumerable<IDeployService> services, DeployBell bell, TimeProvider clock, ILogger<DeployReconciler> logger)
    : BackgroundService
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);
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
                foreach (var deployed in await store.AllAsync(stoppingToken))
                {
                    Begin(deployed, stoppingToken);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogLookFailed(exception);
            }
            await bell.WaitAsync(Beat, stoppingToken);
        }
        await Task.WhenAll(_steps.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Begin(DeployedModel deployed, CancellationToken cancellationToken)
    {
        var key = (deployed.Order.ModelId, deployed.Order.ModelTag);
        // Who is no longer wanted is due at once.
        var isDue = !_due.TryGetValue(key, out var next) || clock.GetUtcNow() >= next.At || next.IsUnwanted != deployed.IsUnwanted;
        // In before it begins: a step may be over before this method is.
        var step = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (isDue && _steps.TryAdd(key, step.Task))
        {
            _ = Task.Run(() => StepAsync(key, deployed, step, cancellationToken), CancellationToken.None);
        }
    }

    private async Task StepAsync((string Id, string Tag) key, DeployedModel deployed, TaskCompletionSource step, CancellationToken cancellationToken)
    {
        var pause = AfterFailure;
        try
        {
            var standing = await _services[deployed.Order.ServiceType].StepAsync(deployed, cancellationToken);
            if (deployed.Last?.Status != standing.Status)
            {
                LogStatus(key.Id, key.Tag, standing.Status, standing.FailureReason);
            }
            if (standing.IsGone)
            {
                await store.RemoveAsync(deployed.Order, cancellationToken);
            }
            else
            {
                await store.SaveAsync(deployed.Order, standing, cancellationToken);
            }
            pause = standing.NextStep;
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
            _due[key] = (clock.GetUtcNow() + pause, deployed.IsUnwanted);
            _steps.TryRemove(key, out _);
            step.SetResult();
        }
    }

    [LoggerMessage(2642, LogLevel.Error, "Looking after the deployer's deployments failed; it is tried again")]
    private partial void LogLookFailed(Exception exception);

    [LoggerMessage(2643, LogLevel.Information, "{Model}/{Tag} is {Status}. {Reason}")]
    private partial void LogStatus(string model, string tag, string status, string? reason);

    [LoggerMessage(2644, LogLevel.Error, "A step of {Model}/{Tag} failed; it is tried again")]
    private partial void LogStepFailed(string model, string tag, Exception exception);
}
