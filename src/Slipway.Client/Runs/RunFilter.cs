namespace Slipway.Client.Runs;

/// <summary>Which runs to list; what is null does not matter.</summary>
public sealed record RunFilter
{
    /// <summary>A project's name or id.</summary>
    public string? Project { get; init; }

    /// <summary>One of <see cref="RunStatuses"/>.</summary>
    public string? Status { get; init; }

    /// <summary><c>local</c>, <c>docker</c>, <c>slurm</c>, <c>kubernetes</c> or <c>builtin</c>.</summary>
    public string? Executor { get; init; }

    /// <summary>At most this many, 1 to 1,000; null means 50.</summary>
    public int? Limit { get; init; }

    /// <summary>How many of the newest to leave out.</summary>
    public long? Offset { get; init; }
}

/// <summary>Which lines of a log to fetch; what is null does not matter.</summary>
public sealed record RunLogFilter
{
    /// <summary>At most this many, 1 to 5,000; null means 100.</summary>
    public int? Limit { get; init; }

    /// <summary>The number of the first line to look at, from 1.</summary>
    public long? From { get; init; }

    /// <summary>Only the last ones, 1 to 5,000; <see cref="Limit"/> and <see cref="From"/> mean nothing then.</summary>
    public int? Tail { get; init; }

    /// <summary><c>debug</c>, <c>info</c>, <c>warning</c> or <c>error</c>: lines of exactly this level.</summary>
    public string? Level { get; init; }

    /// <summary>What they hold; the letters A to Z in either case. At most 256 characters.</summary>
    public string? Search { get; init; }
}

/// <summary>A piece of a log.</summary>
/// <param name="Lines">In order.</param>
/// <param name="Next">The number of the line to go on from; null where the log has no more.</param>
/// <param name="Total">Lines of that level in the whole log; null where they were searched.</param>
public sealed record RunLogPage(IReadOnlyList<RunLogLine> Lines, long? Next, long? Total);
