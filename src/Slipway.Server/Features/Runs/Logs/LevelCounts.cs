namespace Slipway.Server.Features.Runs.Logs;

/// <summary>How many lines of which level.</summary>
internal readonly record struct LevelCounts(long Debug, long Info, long Warning, long Error)
{
    public long Total => Debug + Info + Warning + Error;

    public long this[LineLevel level] => level switch
    {
        LineLevel.Debug => Debug,
        LineLevel.Info => Info,
        LineLevel.Warning => Warning,
        _ => Error,
    };

    public LevelCounts Plus(LineLevel level) => level switch
    {
        LineLevel.Debug => this with { Debug = Debug + 1 },
        LineLevel.Info => this with { Info = Info + 1 },
        LineLevel.Warning => this with { Warning = Warning + 1 },
        _ => this with { Error = Error + 1 },
    };

    /// <summary>The lines of one level, or all.</summary>
    public long Of(LineLevel? level) => level is { } one ? this[one] : Total;
}
