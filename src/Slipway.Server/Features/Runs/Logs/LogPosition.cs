namespace Slipway.Server.Features.Runs.Logs;

/// <summary>A place between two records, and what lies before it.</summary>
/// <param name="Offset">In bytes.</param>
/// <param name="Counts">Of the lines before.</param>
/// <param name="State">To go on from here.</param>
internal readonly record struct LogPosition(long Offset, LevelCounts Counts, LineState State)
{
    /// <summary>The number of the next line.</summary>
    public long Lines => Counts.Total;
}
