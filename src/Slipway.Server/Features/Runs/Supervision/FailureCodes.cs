namespace Slipway.Server.Features.Runs.Supervision;

/// <summary>Why a run failed, for programs. What the log tells is more exact and goes before these.</summary>
internal static class FailureCodes
{
    public const string StartFailed = "start_failed";
    public const string Vanished = "vanished";
    public const string Disk = "disk";
    public const string ExitNonzero = "exit_nonzero";
    public const string Signal = "killed_by_signal";
}
