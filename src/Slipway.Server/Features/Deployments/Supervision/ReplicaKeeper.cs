using System.Text.Json;
using Slipway.Client.Deployments;
using Slipway.Server.Features.Deployments.Engines;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Deployments.Supervision;

/// <summary>
/// Looks after one server of a deployment, from its start to its end: one loop, which alone changes anything. The server of ours
/// may die at any point; what was begun is in the database before it is begun, and the process is found by its folder.
/// </summary>
internal sealed partial class ReplicaKeeper(
    DeploymentRow deployment, ReplicaRow row, IServingEngine engine, IReadOnlyList<string> arguments, ReplicaShop shop)
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan WaitForRoom = TimeSpan.FromSeconds(2);

    private readonly RestartRule _rule = new(shop.Options);
    private readonly Bell _bell = new(shop.Clock);
    private ReplicaRow _row = row;
    private bool _isUp;
    private bool _isNew = true;
    private DateTimeOffset _notBefore;
    private volatile ReplicaWish _wish = ReplicaWish.Run;
    private volatile bool _isForced;

    public ReplicaView View { get; private set; } = new()
    {
        Number = (int)row.Number,
        Status = row.Status.Length > 0 ? row.Status : DeploymentStatuses.Starting,
        Restarts = (int)row.Restarts,
        Command = row.Command,
        Reason = row.FailureReason,
    };

    /// <summary>How often it was started.</summary>
    public long Attempts => _row.Attempt;

    /// <summary>Called after each change.</summary>
    public Action Changed { get; init; } = () => { };

    private DateTimeOffset Now => shop.Clock.GetUtcNow();

    private string Folder => shop.Folders.AttemptOf(deployment.Id, _row.Number, _row.Attempt);

    private string LogPath => shop.Folders.LogOf(deployment.Id, _row.Number);

    private string Model => deployment.ModelFile ?? shop.Models.Resolve(deployment.ModelPath);

    private string Holder => $"deployment {deployment.ServedModelName} ({deployment.Id})";

    /// <summary>What is wanted of it from now on.</summary>
    /// <param name="wish">Run, stop, or stop and run again.</param>
    /// <param name="force">Requests in flight are not waited for, and what does not end is killed.</param>
    public void Want(ReplicaWish wish, bool force)
    {
        _isForced |= force;
        _wish = wish;
        _bell.Ring();
    }

    /// <summary>Keeps until our own server stops; the process runs on then.</summary>
    public async Task KeepAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (_isNew)
                {
                    await AdoptAsync(stopping);
                    _isNew = false;
                }
                await BeatAsync(stopping);
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                LogBeatFailed(shop.Logger, deployment.Id, _row.Number, exception);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await _bell.WaitAsync(Beat, stopping);
        }
    }

    private Task BeatAsync(CancellationToken cancellationToken) => _wish switch
    {
        not ReplicaWish.Run => EndAsync(cancellationToken),
        _ when _isUp => WatchAsync(cancellationToken),
        _ when View.Status is not DeploymentStatuses.Failed && Now >= _notBefore => StartAsync(null, cancellationToken),
        _ => Task.CompletedTask,
    };

    /// <summary>Takes over what an earlier server of ours has started.</summary>
    private async Task AdoptAsync(CancellationToken cancellationToken)
    {
        if (_row.Attempt == 0)
        {
            return;
        }
        if (shop.Processes.Look(Folder).State == ProcessState.Running)
        {
            _isUp = true;
            if (_row.Port is { } port)
            {
                shop.Ports.Keep((int)port);
            }
            shop.Promises.Promise(HolderOf(), _row.GpuList, _row.ClaimBytes);
            BeginWatch(isAdopted: true);
            await TellAsync(DeploymentStatuses.Starting, "found again after a restart of Slipway; its health is being asked", cancellationToken);
        }
        else if (_row.Status is not (DeploymentStatuses.Failed or DeploymentStatuses.Stopped))
        {
            // Nobody will start in there any more.
            var wasStarted = !shop.Processes.Claim(Folder);
            await TellAsync(
                DeploymentStatuses.Starting, wasStarted ? $"ended while Slipway was away: {Words(shop.Processes.Look(Folder))}" : null, cancellationToken);
        }
    }

    private async Task StartAsync(int? notThisPort, CancellationToken cancellationToken)
    {
        var (gpus, claim, refusal) = PlaceOnGpus();
        if (refusal is not null || shop.Ports.TryTake(notThisPort) is not { } port)
        {
            _notBefore = Now + WaitForRoom;
            var wait = refusal ?? $"It waits for a port: all from {shop.Options.FirstPort} to {shop.Options.LastPort} are taken.";
            if (View.Reason != wait)
            {
                await TellAsync(DeploymentStatuses.Starting, wait, cancellationToken);
            }
            return;
        }
        shop.Promises.Promise(HolderOf(), gpus, claim);
        var order = new ServerOrder(
            Model, deployment.ServedModelName, shop.Options.Host, port, gpus,
            shop.Folders.DataOf(deployment.Id, _row.Number), arguments);
        var command = engine.CommandFor(order);
        // Kept before it is done: whoever comes after us looks in this folder and at this port.
        _row = _row with
        {
            Attempt = _row.Attempt + 1,
            Port = port,
            Gpus = JsonSerializer.Serialize(gpus),
            ClaimBytes = claim,
            Command = ShellWords.Join(command.Arguments),
            Restarts = _row.Restarts + (_row.Attempt > 0 ? 1 : 0),
        };
        await TellAsync(DeploymentStatuses.Starting, null, cancellationToken);
        BeginWatch(isAdopted: false);
        Directory.CreateDirectory(order.DataFolder);
        var environment = command.Environment.Concat(deployment.EnvMap).GroupBy(pair => pair.Key).ToDictionary(pair => pair.Key, pair => pair.Last().Value);
        var fault = await shop.Processes.StartAsync(
            new ProcessOrder
            {
                Folder = Folder,
                Command = command.Arguments,
                // Its own: a Slipway that starts where this one did would read this one's settings.
                WorkingDirectory = order.DataFolder,
                Environment = environment,
                Mark = $"{deployment.Id}-{_row.Number}-{_row.Attempt}",
                OutputFile = LogPath,
            }, cancellationToken);
        _isUp = fault is null;
        LogStarted(shop.Logger, deployment.ServedModelName, _row.Number, port, _row.Command);
        if (fault is not null)
        {
            await DiedAsync(fault, cancellationToken);
        }
    }

    private (IReadOnlyList<int> Gpus, long Claim, string? Refusal) PlaceOnGpus()
    {
        // Engines that can do without GPUs do; those that cannot say so better than we could.
        if (!engine.UsesGpus || shop.Devices.Sighting.Gpus.Count == 0)
        {
            return ([], 0, null);
        }
        var order = new ServerOrder(Model, deployment.ServedModelName, shop.Options.Host, 0, [], "", arguments);
        return shop.Gpus.Choose(
            engine.GpusOf(arguments), total => deployment.GpuMemoryBytes ?? engine.ClaimOf(order, total), (int?)deployment.PreferredGpu);
    }

    /// <summary>A process that is no more: what it held is given back, and when it is tried again is decided.</summary>
    private async Task DiedAsync(string words, CancellationToken cancellationToken)
    {
        var (lived, sound, port) = (Now - _startedAt, _healthySince is { } since ? Now - since : TimeSpan.Zero, (int?)_row.Port);
        await ReleaseAsync(cancellationToken);
        if (sound == TimeSpan.Zero && port is not null && IsPortTaken())
        {
            // Somebody was quicker with the port: no fault of the server's.
            await StartAsync(port, cancellationToken);
            return;
        }
        var last = string.Join('\n', LogTail.Read(LogPath, LinesOfReason, _logFrom));
        if (_rule.Died(lived, sound, $"{words}\n{last}") is { } pause)
        {
            _notBefore = Now + pause;
            var next = pause == TimeSpan.Zero ? "it is started again" : $"it is started again in {pause.TotalSeconds:0.#} s";
            await TellAsync(DeploymentStatuses.Starting, $"{words}; {next}.", cancellationToken);
        }
        else
        {
            await TellAsync(DeploymentStatuses.Failed, last.Length > 0 ? $"{words}; the last lines of its log:\n{last}" : $"{words}.", cancellationToken);
        }
        LogDied(shop.Logger, deployment.ServedModelName, _row.Number, words);
    }

    private bool IsPortTaken() => LogTail.Read(LogPath, LinesOfReason, _logFrom)
        .Any(line => line.Contains("address already in use", StringComparison.OrdinalIgnoreCase));

    /// <summary>After the process's end: nothing that it left behind lives on, and what it held is free.</summary>
    private async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        await shop.Processes.SweepAsync(Folder, cancellationToken);
        _isUp = false;
        shop.Promises.Release(HolderOf());
        if (_row.Port is { } port)
        {
            shop.Ports.Release((int)port);
        }
    }

    private string HolderOf() => $"{Holder}, server {_row.Number}";

    private static string Words(ProcessSighting seen) => seen.State switch
    {
        ProcessState.Exited when seen.ExitCode > 128 => $"it was ended by signal {seen.ExitCode - 128} (exit code {seen.ExitCode})",
        ProcessState.Exited => $"it ended with exit code {seen.ExitCode}",
        _ => "it is gone and left no exit code: killed together with what watched it, or the machine was restarted",
    };

    /// <summary>Shows where it stands now, and keeps it.</summary>
    private async Task TellAsync(string status, string? reason, CancellationToken cancellationToken)
    {
        _row = _row with { Status = status, FailureReason = reason };
        Show(status, reason);
        await shop.Store.SaveAsync(_row, cancellationToken);
    }

    private void Show(string status, string? reason)
    {
        View = View with
        {
            Status = status,
            Reason = reason,
            Port = _isUp || status is DeploymentStatuses.Starting && _row.Port is not null ? (int?)_row.Port : null,
            Pid = _isUp ? shop.Processes.Look(Folder).Pid : null,
            Gpus = _isUp ? _row.GpuList : [],
            Restarts = (int)_row.Restarts,
            Command = _row.Command,
        };
        Changed();
    }

    [LoggerMessage(2650, LogLevel.Information, "Server {Number} of {Model} starts on port {Port}: {Command}")]
    private static partial void LogStarted(ILogger logger, string model, long number, int port, string? command);

    [LoggerMessage(2651, LogLevel.Warning, "Server {Number} of {Model}: {Words}")]
    private static partial void LogDied(ILogger logger, string model, long number, string words);

    [LoggerMessage(2652, LogLevel.Error, "Looking after server {Number} of deployment {Deployment} failed; it is tried again")]
    private static partial void LogBeatFailed(ILogger logger, string deployment, long number, Exception exception);
}

/// <summary>What is wanted of a server.</summary>
internal enum ReplicaWish
{
    Run,
    Stop,

    /// <summary>To stop, and then to run again.</summary>
    Restart,
}
