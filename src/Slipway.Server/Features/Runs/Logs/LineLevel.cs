namespace Slipway.Server.Features.Runs.Logs;

/// <summary>How grave a line of a run's output is, as far as its form tells.</summary>
internal enum LineLevel : byte
{
    Debug,

    /// <summary>Also what has no level of its own.</summary>
    Info,

    Warning,

    Error,
}
