namespace Slipway.Server.Features.Runs.Logs;

/// <summary>Gathers one page. Blocks without a line of the level are jumped over, blocks without the text are only searched.</summary>
internal sealed class LogPager(LogReader reader, LogQuery query, TimeProvider clock)
{
    private readonly BytePattern? _pattern = query.Search is { Length: > 0 } text ? new(text) : null;
    private readonly long _begin = clock.GetTimestamp();
    private long _skip = query.Skip;
    private int _characters;
    private bool _isFull;

    public LogPage Forward(long first)
    {
        var lines = new List<LogLine>();
        var next = Math.Min(first, reader.End.Lines);
        var start = next;
        while (next < reader.End.Lines && lines.Count < query.Limit && (next == start || !IsOver()))
        {
            var block = reader.BlockWhere(position => position.Lines <= next);
            if (reader.Start(block).Counts.Of(query.Level) == reader.Behind(block).Counts.Of(query.Level))
            {
                block = Math.Max(block, JumpFrom(reader.Start(block).Counts.Of(query.Level)));
                next = Math.Max(next, reader.Start(block).Lines);
                if (reader.Start(block).Counts.Of(query.Level) == reader.Behind(block).Counts.Of(query.Level))
                {
                    next = reader.End.Lines;
                    break;
                }
            }
            next = Take(block, next, reader.End.Lines, query.Limit - lines.Count, lines);
        }
        return new(lines, start, next, IsDone: next >= reader.End.Lines) { SkipLeft = _skip };
    }

    public LogPage Backward()
    {
        var blocks = new Stack<List<LogLine>>();
        var (wanted, before) = (query.Limit, reader.End.Lines);
        var block = reader.LastBlock;
        while (wanted > 0 && before > 0 && (before == reader.End.Lines || !IsOver()))
        {
            var level = reader.Behind(block).Counts.Of(query.Level);
            if (level == 0)
            {
                before = 0;
                break;
            }
            // The last block that begins with fewer lines of the level than this one ends with holds the last of them.
            block = Math.Min(block, reader.BlockWhere(position => position.Counts.Of(query.Level) < level));
            blocks.Push(TakeLast(block, wanted, out var start));
            wanted -= blocks.Peek().Count;
            before = start;
            block--;
        }
        List<LogLine> lines = [.. blocks.SelectMany(part => part)];
        return new(lines, before, reader.End.Lines, IsDone: before == 0);
    }

    /// <summary>The last block whose begin has no more lines of the level than this: the next line of it is in there.</summary>
    private int JumpFrom(long count) => reader.BlockWhere(position => position.Counts.Of(query.Level) <= count);

    /// <summary>Adds a block's lines from <paramref name="from"/> on; returns the number of the first line that was not looked at.</summary>
    private long Take(int block, long from, long to, int most, List<LogLine> lines)
    {
        if (_pattern is not null && !reader.MayHold(block, _pattern))
        {
            return reader.Behind(block).Lines;
        }
        using var walk = reader.Walk(block);
        while (walk.NextLine() && walk.Number < to)
        {
            var isWanted = walk.Number >= from && IsWanted(walk);
            if (isWanted && _skip > 0)
            {
                _skip--;
            }
            else if (isWanted)
            {
                lines.Add(Line(walk));
                most--;
            }
            if (most == 0 || (walk.Number >= from && IsOver(walk.Number)))
            {
                return walk.Number + 1;
            }
        }
        return Math.Max(from, reader.Behind(block).Lines);
    }

    /// <summary>The last lines of a block. Which ones is found first, since a block may hold far more than are wanted.</summary>
    private List<LogLine> TakeLast(int block, int wanted, out long start)
    {
        start = reader.Start(block).Lines;
        var lines = new List<LogLine>();
        var numbers = _pattern is null || reader.MayHold(block, _pattern) ? LastNumbers(block, wanted) : [];
        if (numbers.Count == 0)
        {
            return lines;
        }
        start = numbers.Count == wanted || _isFull ? numbers.Peek() : start;
        using var walk = reader.Walk(block);
        while (walk.NextLine())
        {
            if (numbers.TryPeek(out var number) && walk.Number == number)
            {
                numbers.Dequeue();
                lines.Add(Line(walk));
            }
        }
        return lines;
    }

    private Queue<long> LastNumbers(int block, int wanted)
    {
        var found = new Queue<(long Number, int Bytes)>();
        var bytes = 0;
        using var walk = reader.Walk(block);
        while (walk.NextLine())
        {
            if (IsWanted(walk))
            {
                found.Enqueue((walk.Number, walk.Record.Length));
                bytes += walk.Record.Length;
            }
            while (found.Count > wanted || (found.Count > 1 && bytes > query.MaxCharacters))
            {
                _isFull |= found.Count <= wanted;
                bytes -= found.Dequeue().Bytes;
            }
        }
        return new(found.Select(line => line.Number));
    }

    private bool IsWanted(LogWalk walk) => (query.Level is not { } level || walk.Level == level) && (_pattern?.IsIn(walk.Record) ?? true);

    private LogLine Line(LogWalk walk)
    {
        var text = AnsiText.Show(walk.Record);
        _characters += text.Length;
        return new(walk.Number, walk.Level, text, walk.Continued);
    }

    /// <summary>The clock is asked now and then only.</summary>
    private bool IsOver(long number) => _characters > query.MaxCharacters || (number % LogIndexer.BlockLines == 0 && IsOver());

    // Only a search looks at more than it shows: without one a page is never shorter than was asked for because a core was busy.
    private bool IsOver() => _isFull || _characters > query.MaxCharacters || (_pattern is not null && clock.GetElapsedTime(_begin) > query.Budget);
}
