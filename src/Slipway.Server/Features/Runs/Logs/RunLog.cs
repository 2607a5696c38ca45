using Slipway.Client.Runs;

namespace Slipway.Server.Features.Runs.Logs;

/// <summary>Which lines of a run's log are wanted.</summary>
internal sealed record RunLogQuery
{
    public required int Limit { get; init; }

    /// <summary>How many of the wanted lines to leave out first.</summary>
    public long Skip { get; init; }

    /// <summary>The number of the first line to look at, from 1.</summary>
    public long From { get; init; } = 1;

    public LineLevel? Level { get; init; }

    public string? Search { get; init; }
}

/// <param name="Lines">In order.</param>
/// <param name="Next">The number of the line to go on from; null when there is none behind these.</param>
internal sealed record RunLogPage(IReadOnlyList<RunLogLine> Lines, long? Next);

/// <param name="Lines">In order.</param>
/// <param name="First">The number of the first line that was looked at; those before it may be wanted too.</param>
internal sealed record RunLogTail(IReadOnlyList<RunLogLine> Lines, long First);

/// <summary>
/// A run's log as it is at one moment: attempt after attempt, what Slipway says before the output, the output, and what it says of
/// the end. Once a line has a number, it keeps it: see docs/decisions/0011.
/// </summary>
internal sealed class RunLog : IDisposable
{
    private readonly List<LogPart> _parts;

    private RunLog(List<LogPart> parts) => _parts = parts;

    /// <summary>How many lines there are.</summary>
    public long Count => _parts.Sum(part => part.Count(null));

    /// <summary>The newest state of a progress bar or an unfinished line.</summary>
    public string? Frame => _parts.Select(part => part.Frame).LastOrDefault(frame => frame is not null);

    /// <param name="runId">Its folder holds the output.</param>
    /// <param name="events">
    /// All of it, read at once: they alone tell how far each attempt is. What was read a moment earlier or later might know of an
    /// end and not of the line before it, and lines would get numbers that they do not keep.
    /// </param>
    /// <param name="folders">Where the output is.</param>
    /// <param name="clock">For the budgets.</param>
    public static RunLog Of(string runId, IReadOnlyList<RunEventRow> events, RunFolders folders, TimeProvider clock)
    {
        List<LogPart> parts = [];
        foreach (var group in events.GroupBy(one => one.Attempt).OrderBy(group => group.Key))
        {
            List<RunEventRow> endings = [.. group.Where(one => one.IsEnding != 0)];
            parts.Add(new EventPart([.. group.Where(one => one.IsEnding == 0)]));
            if (group.Any(one => one.Status == RunStatuses.Running))
            {
                var output = Path.Combine(folders.AttemptOf(runId, group.Key), "output.log");
                parts.Add(new OutputPart((int)group.Key, output, isEnded: endings.Count > 0, clock));
            }
            parts.Add(new EventPart(endings));
        }
        return new RunLog(parts);
    }

    public long CountOf(LineLevel? level) => _parts.Sum(part => part.Count(level));

    /// <summary>Lines from the front. Looks for a limited time only, and says where to go on.</summary>
    public RunLogPage Page(RunLogQuery query)
    {
        List<RunLogLine> lines = [];
        var (skip, begin) = (query.Skip, 0L);
        foreach (var part in _parts)
        {
            var count = part.Count(null);
            var first = Math.Max(0, query.From - 1 - begin);
            if (first < count)
            {
                if (lines.Count == query.Limit)
                {
                    return new RunLogPage(lines, begin + 1);
                }
                var page = part.Page(first, ref skip, query.Limit - lines.Count, query.Level, query.Search);
                lines.AddRange(page.Lines.Select(line => line with { Line = line.Line + begin + 1 }));
                if (page.Next is { } next)
                {
                    return new RunLogPage(lines, begin + next + 1);
                }
            }
            begin += count;
        }
        return new RunLogPage(lines, null);
    }

    /// <summary>The last lines that are wanted. Looks for a limited time only, and says how far.</summary>
    public RunLogTail Last(int limit, LineLevel? level, string? search)
    {
        List<RunLogLine> lines = [];
        var begin = Count;
        foreach (var part in Enumerable.Reverse(_parts))
        {
            begin -= part.Count(null);
            var tail = part.Last(limit - lines.Count, level, search);
            lines.InsertRange(0, tail.Lines.Select(line => line with { Line = line.Line + begin + 1 }));
            if (lines.Count == limit || tail.First > 0)
            {
                return new RunLogTail(lines, begin + tail.First + 1);
            }
        }
        return new RunLogTail(lines, 1);
    }

    public void Dispose()
    {
        foreach (var part in _parts)
        {
            part.Dispose();
        }
    }
}
