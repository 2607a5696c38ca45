using System.ComponentModel;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Slipway.Server.Processes;

/// <summary>
/// Child processes that outlive this server. All that is known of one is in its folder and in /proc, so that a server which
/// comes back knows as much as the one that started it. Linux only.
/// </summary>
internal sealed class ProcessHost(IOptions<ProcessOptions> options, ProcessKiller killer, TimeProvider clock)
{
    /// <summary>How long a wrapper that lives may take to say what became of the start, on a host that hardly moves.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Starts the process, or finds it when an earlier call, of whichever server, had started one in this folder: never twice.
    /// Returns null when it was started, or why it was not, in words for users. It may have ended by then.
    /// </summary>
    public async Task<string?> StartAsync(ProcessOrder order, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return "Processes on this host need Linux. Use another executor.";
        }
        var folder = new ProcessFolder(order.Folder);
        try
        {
            if (folder.IsClaimed)
            {
                return await OutcomeAsync(folder, isStarting: () => false, cancellationToken);
            }
            if (ProcessStart.FaultOf(order) is { } fault)
            {
                return fault;
            }
            folder.Prepare(order.OutputFile);
            using var wrapper = Process.Start(ProcessStart.Of(order, options.Value.PassEnvironment))!;
            ProcessStart.LeaveStreams(wrapper);
            return await OutcomeAsync(folder, () => !wrapper.HasExited, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or Win32Exception)
        {
            return $"'{order.Command[0]}' cannot be started in '{order.WorkingDirectory}': {exception.Message}";
        }
    }

    /// <summary>What has become of it. A few reads of small files: good for hundreds of processes several times a second.</summary>
    [SuppressMessage("Performance", "CA1822", Justification = "Whoever is given a host looks through it.")]
    public ProcessSighting Look(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return new(ProcessState.NotStarted);
        }
        var place = new ProcessFolder(folder);
        if (place.ReadIdentity() is not { } identity)
        {
            return LookWithoutIdentity(place);
        }
        if (identity.Program.IsAlive)
        {
            return new(ProcessState.Running, identity.Program.Pid);
        }
        if (place.ReadExit() is { } code)
        {
            return new(ProcessState.Exited, ExitCode: code);
        }
        if (identity.Watcher.IsAlive)
        {
            return new(ProcessState.Running); // It is writing the code.
        }
        return place.ReadExit() is { } late ? new(ProcessState.Exited, ExitCode: late) : new(ProcessState.Vanished);
    }

    /// <summary>
    /// Tells all of its processes to end: TERM, once; or KILL with <paramref name="force"/>, until none is left. A process that
    /// has not been started never will be. What came of it, <see cref="Look"/> says.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public async Task StopAsync(string folder, bool force, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }
        _ = Claim(folder);
        var identity = await IdentityAsync(new ProcessFolder(folder), cancellationToken);
        if (force)
        {
            await killer.KillAsync(folder, identity?.Watcher, cancellationToken);
        }
        else
        {
            ProcessKiller.Tell(folder, identity?.Watcher);
        }
    }

    /// <summary>
    /// Takes the only start there is. True when it was still to be had, or had been taken like this before: nothing was started
    /// in this folder then, and nothing ever will be, not even by a wrapper that is on its way. False when one was started.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public bool Claim(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }
        var place = new ProcessFolder(folder);
        if (!place.TryClaim() && Look(folder).State != ProcessState.NotStarted)
        {
            return false;
        }
        place.MakeVoid();
        return true;
    }

    /// <summary>After the end: kills what the process has left behind. Does nothing while it runs.</summary>
    public async Task SweepAsync(string folder, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsLinux() && Look(folder).State != ProcessState.Running)
        {
            await killer.KillAsync(folder, wrapper: null, cancellationToken);
        }
    }

    /// <summary>Either the wrapper is on its way still, or it has given up: nothing was started without an identity.</summary>
    private static ProcessSighting LookWithoutIdentity(ProcessFolder folder)
    {
        if (ProcessTree.IsAnyAlive(folder.Path))
        {
            return new(ProcessState.Running);
        }
        return folder.ReadIdentity() is null ? new(ProcessState.NotStarted)
            : folder.ReadExit() is { } code ? new(ProcessState.Exited, ExitCode: code)
            : new(ProcessState.Vanished);
    }

    /// <summary>Waits until the start has come to something; <paramref name="isStarting"/>: whether the wrapper may still take the claim.</summary>
    private async Task<string?> OutcomeAsync(ProcessFolder folder, Func<bool> isStarting, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            // In this order: whoever is gone had left all his files before.
            var isHoped = isStarting() || ProcessTree.IsAnyAlive(folder.Path);
            if (folder.ReadIdentity() is not null)
            {
                return null;
            }
            if (folder.ReadRefusal() is { Length: > 0 } refusal)
            {
                return refusal;
            }
            if (folder.IsVoid)
            {
                return "Its start was called off.";
            }
            if (!isHoped)
            {
                return $"The start left nothing in '{folder.Path}': the disk may be full, or the folder not writable.";
            }
            if (clock.GetElapsedTime(began) > Patience)
            {
                return null;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20), clock, cancellationToken);
        }
    }

    /// <summary>Waits for a wrapper that has the claim to say whom to signal; null when it never will.</summary>
    private async Task<ProcessIdentity?> IdentityAsync(ProcessFolder folder, CancellationToken cancellationToken)
    {
        _ = await OutcomeAsync(folder, isStarting: () => false, cancellationToken);
        return folder.ReadIdentity();
    }
}
