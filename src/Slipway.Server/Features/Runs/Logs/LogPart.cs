using Slipway.Client.Runs;

namespace Slipway.Server.Features.Runs.Logs;

/// <summary>A piece of a run's log. Its lines are numbered from 0.</summary>
internal abstract class LogPart : IDisposable
{
    public virtual string? Frame => null;

    public abstract long Count(LineLevel? level);

    /// <summary>
    /// Up to <paramref name="limit"/> lines from <paramref name="first"/> on, after <paramref name="skip"/> wanted ones were left out;
    /// what is still to be left out remains in it. With the number to go on from, where there is more.
    /// </summary>
    public abstract RunLogPage Page(long first, ref long skip, int limit, LineLevel? level, string? search);

    /// <summary>The last lines that are wanted, with the number of the first line that was looked at: 0 where all were.</summary>
    public abstract RunLogTail Last(int limit, LineLevel? level, string? search);

    public virtual void Dispose()
    {
    }
}

/// <summary>What Slipway says.</summary>
internal sealed class EventPart(IReadOnlyList<RunEventRow> events) : LogPart
{
    private readonly List<RunLogLine> _lines = [.. events.Select((one, place) => new RunLogLine
    {
        Line = place,
        Attempt = (int)one.Attempt,
        Level = one.Level,
        Source = "slipway",
        Text = one.Text,
        At = DateTimeOffset.FromUnixTimeMilliseconds(one.At),
    })];

    public override long Count(LineLevel? level) => level is null ? _lines.Count : _lines.Count(line => IsWanted(line, level, null));

    public override RunLogPage Page(long first, ref long skip, int limit, LineLevel? level, string? search)
    {
        List<RunLogLine> wanted = [.. _lines.Skip((int)first).Where(line => IsWanted(line, level, search))];
        var left = (int)Math.Min(skip, wanted.Count);
        skip -= left;
        List<RunLogLine> page = [.. wanted.Skip(left).Take(limit)];
        return new RunLogPage(page, left + page.Count < wanted.Count ? wanted[left + page.Count].Line : null);
    }

    public override RunLogTail Last(int limit, LineLevel? level, string? search)
    {
        List<RunLogLine> lines = [.. _lines.Where(line => IsWanted(line, level, search)).TakeLast(limit)];
        return new RunLogTail(lines, lines.Count == limit ? lines[0].Line : 0);
    }

    private static bool IsWanted(RunLogLine line, LineLevel? level, string? search) =>
        (level is not { } one || line.Level == OutputPart.NameOf(one))
        && (search is null || line.Text.Contains(search, StringComparison.OrdinalIgnoreCase));
}

/// <summary>What the process says.</summary>
internal sealed class OutputPart(int attempt, string output, bool isEnded, TimeProvider clock) : LogPart
{
    private LogReader? _reader;

    public override string? Frame => isEnded ? null : Reader.Frame;

    private LogReader Reader => _reader ??= LogReader.Open(output, isEnded, clock);

    public static string NameOf(LineLevel level) => level switch
    {
        LineLevel.Debug => "debug",
        LineLevel.Info => "info",
        LineLevel.Warning => "warning",
        _ => "error",
    };

    public override long Count(LineLevel? level) => Reader.End.Counts.Of(level);

    public override RunLogPage Page(long first, ref long skip, int limit, LineLevel? level, string? search)
    {
        if (search is null && first == 0 && skip > 0)
        {
            var left = Math.Min(skip, Count(level));
            first = level is { } one ? Reader.NumberOf(one, left) : left;
            skip -= left;
        }
        var page = Reader.Page(first, new LogQuery { Limit = limit, Skip = skip, Level = level, Search = search });
        skip = page.SkipLeft;
        return new RunLogPage([.. page.Lines.Select(Show)], page.IsDone ? null : page.Next);
    }

    public override RunLogTail Last(int limit, LineLevel? level, string? search)
    {
        var page = Reader.Last(new LogQuery { Limit = limit, Level = level, Search = search });
        return new RunLogTail([.. page.Lines.Select(Show)], page.First);
    }

    public override void Dispose()
    {
        _reader?.Dispose();
        base.Dispose();
    }

    private RunLogLine Show(LogLine line) => new()
    {
        Line = line.Number,
        Attempt = attempt,
        Level = NameOf(line.Level),
        Source = "output",
        Text = line.Text,
    };
}
