using Slipway.Server.Processes;

namespace Slipway.Server.Features.Runs.Executors.Host;

/// <summary>
/// Processes of this machine. <c>local</c> runs the configured command, <c>builtin</c> our own trainer; what is run is the only
/// difference between them.
/// </summary>
internal sealed class HostExecutor(string name, ProcessHost processes) : IExecutor
{
    // The folder is all that a process is known by.
    private const string Handle = "folder";

    public string Name => name;

    public bool HasOwnQueue => false;

    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(200);

    public IReadOnlyCollection<string> ParameterNames => [];

    public Task<string?> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(
        OperatingSystem.IsLinux() ? null : $"The executor '{name}' needs Linux; start Slipway there, or use another executor.");

    public string? FaultOf(Launch launch) => null;

    public string Describe(Launch launch) => ShellWords.Join(launch.CommandIn(launch.Folder));

    public async Task<Started> StartAsync(Launch launch, CancellationToken cancellationToken) =>
        await processes.StartAsync(OrderOf(launch), cancellationToken) is { } refusal ? Started.Refused(refusal) : Started.As(Handle);

    public async Task<Sighting> LookAsync(Launch launch, string handle, CancellationToken cancellationToken)
    {
        var seen = processes.Look(launch.Folder);
        if (seen.State is ProcessState.Running)
        {
            return new Sighting(SightingKind.Running) { Pid = seen.Pid };
        }
        // What forked away goes with it: nothing may write into the folder of a run that has ended.
        await processes.SweepAsync(launch.Folder, cancellationToken);
        return seen.State is ProcessState.Exited
            ? new Sighting(SightingKind.Ended) { ExitCode = seen.ExitCode }
            : new Sighting(SightingKind.Gone) { Words = "Its process and the one that watched it were killed, or the machine was restarted." };
    }

    public Task CollectAsync(Launch launch, string handle, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task FetchOutputAsync(Launch launch, string handle, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(Launch launch, string handle, bool force, CancellationToken cancellationToken) =>
        processes.StopAsync(launch.Folder, force, cancellationToken);

    public Task ForgetAsync(Launch launch, string handle, CancellationToken cancellationToken) => Task.CompletedTask;

    private static ProcessOrder OrderOf(Launch launch) => new()
    {
        Folder = launch.Folder,
        Command = launch.CommandIn(launch.Folder),
        WorkingDirectory = launch.WorkingDirectory,
        Environment = launch.EnvironmentIn(launch.Folder),
        Mark = launch.Name,
        OutputFile = launch.OutputFile,
    };
}
