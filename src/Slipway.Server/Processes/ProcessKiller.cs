namespace Slipway.Server.Processes;

/// <summary>Signals whole trees. Each receiver is looked at again, by number and start time, in the moment of the signal.</summary>
internal sealed partial class ProcessKiller(TimeProvider clock, ILogger<ProcessKiller> logger)
{
    /// <summary>What dies slowly (a core dump, a driver call) is left to itself after so many rounds.</summary>
    private const int MostRounds = 200;

    /// <summary>How often one signal looks for those that were born while it was sent.</summary>
    private const int MostLooks = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Sends TERM to all of the folder's processes except <paramref name="wrapper"/>, to each once.</summary>
    public static void Tell(string folder, ProcessId? wrapper)
    {
        var told = new HashSet<ProcessId>();
        var isNew = true;
        for (var look = 0; look < MostLooks && isNew; look++)
        {
            isNew = false;
            foreach (var process in ProcessTree.Find(folder).Where(process => process.Id != wrapper && told.Add(process.Id)))
            {
                isNew = true;
                SystemCalls.Signal(process.Id, SystemCalls.Terminate);
                if (process.IsStopped)
                {
                    SystemCalls.Signal(process.Id, SystemCalls.Continue);
                }
            }
        }
    }

    /// <summary>
    /// Kills all of the folder's processes. They are stopped first, until a look finds nobody new: a stopped process starts no
    /// other, so that those that multiply cannot outrun it. <paramref name="wrapper"/> is left to write the exit code; one that
    /// does not go when the others are dead is none, or cannot do its work any more.
    /// </summary>
    public async Task KillAsync(string folder, ProcessId? wrapper, CancellationToken cancellationToken)
    {
        var killed = new HashSet<ProcessId>();
        for (var round = 0; round < MostRounds; round++)
        {
            var found = Hold(folder, wrapper);
            if (found.Count == 0 && wrapper is not { IsAlive: true })
            {
                LogIfAny(killed.Count, folder);
                return;
            }
            foreach (var process in found)
            {
                killed.Add(process);
                SystemCalls.Signal(process, SystemCalls.Kill);
            }
            wrapper = found.Count == 0 && round > MostRounds / 2 ? null : wrapper;
            await Task.Delay(Pause, clock, cancellationToken);
        }
        LogNotDead(ProcessTree.Find(folder).Count, folder);
    }

    private static HashSet<ProcessId> Hold(string folder, ProcessId? wrapper)
    {
        var held = new HashSet<ProcessId>();
        var count = -1;
        for (var look = 0; look < MostLooks && held.Count > count; look++)
        {
            count = held.Count;
            foreach (var process in ProcessTree.Find(folder).Where(process => process.Id != wrapper && held.Add(process.Id)))
            {
                SystemCalls.Signal(process.Id, SystemCalls.Stop);
            }
        }
        return held;
    }

    private void LogIfAny(int count, string folder)
    {
        if (count > 0)
        {
            LogKilled(count, folder);
        }
    }

    [LoggerMessage(2300, LogLevel.Information, "Killed {Count} processes of {Folder}")]
    private partial void LogKilled(int count, string folder);

    [LoggerMessage(2301, LogLevel.Warning, "{Count} processes of {Folder} have been killed and do not die; they wait for a device or a disk")]
    private partial void LogNotDead(int count, string folder);
}
