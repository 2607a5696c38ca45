using System.Text.Json;
using Slipway.Client.Deployments;
using Slipway.Server.Features.Deployments.Engines;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Deployments.Supervision;

/// <summary>A server's beginning: taken over from an earlier server of ours, or started.</summary>
internal sealed partial class ReplicaKeeper
{
    /// <summary>So often somebody else may be quicker with a port, one time after the other, before that counts as a death.</summary>
    private const int MostLostPorts = 5;

    private static readonly TimeSpan WaitForRoom = TimeSpan.FromSeconds(2);

    /// <summary>The memory of a GPU, to ask an engine whether it wants any at all.</summary>
    private const long AnyGpu = 1L << 40;

    private TimeSpan _notBefore;
    private int? _port;
    private int? _notThisPort;
    private int _lostPorts;

    /// <summary>
    /// Takes over what an earlier server of ours has started and still runs. Before <see cref="KeepAsync"/> of any keeper: its port and
    /// GPUs are nobody else's from then on.
    /// </summary>
    public void Adopt()
    {
        if (_row.Attempt > 0 && shop.Processes.Look(Folder).State == ProcessState.Running)
        {
            _isPastKnown = _isUp = true;
            if (_row.Port is { } port)
            {
                shop.Ports.Keep((int)port);
                _port = (int)port;
            }
            shop.Promises.Promise(_holder, _row.GpuList, _row.ClaimBytes);
            BeginWatch(isAdopted: true);
            Show(_row with { Status = DeploymentStatuses.Starting, FailureReason = "found again after a restart of Slipway; its health is being asked" });
        }
    }

    /// <summary>What became of the last start, when nothing runs: nobody will start in there any more.</summary>
    private async Task LearnPastAsync(CancellationToken cancellationToken)
    {
        var isOpen = _row.Attempt > 0 && _row.Status is not (DeploymentStatuses.Failed or DeploymentStatuses.Stopped);
        var wasStarted = isOpen && !shop.Processes.Claim(Folder);
        if (_row.Attempt > 0)
        {
            // One that died while we were away may have left others behind, which hold its port and its GPUs' memory.
            await shop.Processes.SweepAsync(Folder, cancellationToken);
        }
        if (isOpen)
        {
            await TellAsync(
                DeploymentStatuses.Starting, wasStarted ? $"ended while Slipway was away: {Words(shop.Processes.Look(Folder))}" : null, cancellationToken);
        }
        _isPastKnown = true;
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        // Of a start that came to nothing, because it could not be written down.
        GiveBack();
        if (engine.Absence() is { } absence)
        {
            await TellAsync(DeploymentStatuses.Failed, absence, cancellationToken);
            return;
        }
        var data = shop.Folders.DataOf(deployment.Id, _row.Number);
        var order = new ServerOrder(Model, deployment.ServedModelName, shop.Options.Host, 0, [], data, arguments);
        var takesGpus = TakesGpus(order);
        if (takesGpus && !shop.Promises.AreKnown)
        {
            // For a moment after our start; the next look is soon.
            return;
        }
        var (gpus, claim, refusal) = takesGpus ? PlaceOnGpus(order) : ([], 0, null);
        if ((refusal ?? MakeFolder(data)) is { } wait)
        {
            await WaitAsync(wait, cancellationToken);
        }
        else if (shop.Ports.TryTake(_notThisPort) is { } port)
        {
            _port = port;
            await StartAsync(order with { Port = port, Gpus = gpus }, claim, cancellationToken);
        }
        else
        {
            // Whoever had it may be gone again, and there may be no other.
            _notThisPort = null;
            await WaitAsync($"It waits for a port: all from {shop.Options.FirstPort} to {shop.Options.LastPort} are taken.", cancellationToken);
        }
    }

    private async Task StartAsync(ServerOrder order, long claim, CancellationToken cancellationToken)
    {
        var command = engine.CommandFor(order);
        var next = _row with
        {
            Attempt = _row.Attempt + 1,
            Status = DeploymentStatuses.Starting,
            FailureReason = null,
            Port = order.Port,
            Gpus = JsonSerializer.Serialize(order.Gpus),
            ClaimBytes = claim,
            Command = ShellWords.Join(command.Arguments),
            Restarts = _row.Restarts + (_row.Attempt > 0 ? 1 : 0),
        };
        // Kept before it is done: whoever comes after us looks in this folder and at this port.
        await shop.Store.SaveAsync(next, cancellationToken);
        Show(next);
        BeginWatch(isAdopted: false);
        LogStarted(shop.Logger, deployment.ServedModelName, _row.Number, order.Port, next.Command);
        var fault = await shop.Processes.StartAsync(
            new ProcessOrder
            {
                Folder = Folder,
                Command = command.Arguments,
                // Its own: a Slipway that starts where this one did would read this one's settings.
                WorkingDirectory = order.DataFolder,
                Environment = EnvironmentOf(command),
                Mark = $"{deployment.Id}-{_row.Number}-{_row.Attempt}",
                OutputFile = Log.Path,
            }, cancellationToken);
        _isUp = fault is null;
        // What there was to know of the start before is known.
        _ = shop.Folders.TryRemoveAttempt(deployment.Id, _row.Number, _row.Attempt - 1);
        if (fault is not null)
        {
            await DiedAsync(fault, cancellationToken);
        }
    }

    /// <summary>The engine's own, and over them the user's.</summary>
    private Dictionary<string, string> EnvironmentOf(ServerCommand command)
    {
        var environment = new Dictionary<string, string>(command.Environment);
        foreach (var (name, value) in deployment.EnvMap)
        {
            environment[name] = value;
        }
        return environment;
    }

    private async Task WaitAsync(string reason, CancellationToken cancellationToken)
    {
        GiveBack();
        _notBefore = Now + WaitForRoom;
        if (View.Reason != reason)
        {
            await TellAsync(DeploymentStatuses.Starting, reason, cancellationToken);
        }
    }

    /// <summary>
    /// Engines that can do without GPUs do where there are none; those that cannot say so better than we could. One that puts nothing on
    /// GPUs is shown none, rather than kept waiting for room on one, or runs from having it.
    /// </summary>
    private bool TakesGpus(ServerOrder order) => engine.UsesGpus && shop.Devices.Sighting.Gpus.Count > 0
        && (deployment.GpuMemoryBytes > 0 || engine.ClaimOf(order, AnyGpu) > 0);

    private (IReadOnlyList<int> Gpus, long Claim, string? Refusal) PlaceOnGpus(ServerOrder order) => shop.Gpus.Take(
        _holder, engine.GpusOf(arguments), total => deployment.GpuMemoryBytes ?? engine.ClaimOf(order, total), (int?)deployment.PreferredGpu);

    private static string? MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"It waits for its folder, which cannot be made: {exception.Message}";
        }
    }

    /// <summary>Port and GPUs are free for others.</summary>
    private void GiveBack()
    {
        shop.Promises.Release(_holder);
        if (_port is { } port)
        {
            shop.Ports.Release(port);
            _port = null;
        }
    }

    [LoggerMessage(2650, LogLevel.Information, "Server {Number} of {Model} starts on port {Port}: {Command}")]
    private static partial void LogStarted(ILogger logger, string model, long number, int port, string? command);
}
