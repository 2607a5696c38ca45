namespace Slipway.Server.Features.Runs.Supervision;

/// <summary>Why a run failed, for programs. What the log tells is more exact and goes before these.</summary>
internal static class FailureCodes
{
    public const string StartFailed = "start_failed";
    public const string Vanished = "vanished";
    public const string Disk = "disk";

    /// <summary>Ended by whoever gave it its place: a node that failed, a time limit.</summary>
    public const string Outside = "ended_outside";
}
