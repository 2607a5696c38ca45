namespace Slipway.Server.Processes;

/// <summary>What a process's folder and the system say of it.</summary>
internal enum ProcessState
{
    /// <summary>Nothing was started in this folder. That it stays so is certain only after <see cref="ProcessHost.Claim"/>.</summary>
    NotStarted,

    Running,

    /// <summary>It has ended; the code is known.</summary>
    Exited,

    /// <summary>It is not there and left no code: killed together with its wrapper, or the machine was restarted.</summary>
    Vanished,
}

/// <param name="State">Whether it runs.</param>
/// <param name="Pid">Of the process itself, while it runs.</param>
/// <param name="ExitCode">As a shell counts it, 0 to 255: 128 and the signal's number for a process that a signal ended.</param>
internal sealed record ProcessSighting(ProcessState State, int? Pid = null, int? ExitCode = null);
