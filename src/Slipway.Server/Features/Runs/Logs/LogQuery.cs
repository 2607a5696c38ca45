namespace Slipway.Server.Features.Runs.Logs;

/// <summary>Which lines are wanted.</summary>
internal sealed record LogQuery
{
    /// <summary>At most so many lines.</summary>
    public required int Limit { get; init; }

    /// <summary>How many of the wanted lines to leave out first.</summary>
    public long Skip { get; init; }

    /// <summary>Only lines of this level.</summary>
    public LineLevel? Level { get; init; }

    /// <summary>Only lines that hold this text: ASCII letters in either case, everything else as it is. Never empty.</summary>
    public string? Search { get; init; }

    /// <summary>
    /// How long to look, about; a page that took longer ends early and says where to go on. An answer is to be there within 50 ms:
    /// a gigabyte is then searched in some thirty pages.
    /// </summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>A page ends early beyond so many characters: a line can have 64 KiB, and each of its bytes four characters.</summary>
    public int MaxCharacters { get; init; } = 4 * 1024 * 1024;
}

/// <summary>Lines of a log.</summary>
/// <param name="Lines">In order.</param>
/// <param name="First">The number of the first line that was looked at.</param>
/// <param name="Next">The number of the first line behind those that were looked at.</param>
/// <param name="IsDone">Whether no line that is wanted lies on this side of the page: behind it, or before it for the last lines.</param>
internal sealed record LogPage(IReadOnlyList<LogLine> Lines, long First, long Next, bool IsDone)
{
    /// <summary>Of <see cref="LogQuery.Skip"/>, how many are still to be left out behind these.</summary>
    public long SkipLeft { get; init; }
}
