using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Slipway.Server.Platform.Files;

namespace Slipway.Server.Features.Runs.Logs;

/// <summary>
/// An attempt's output as it was at one moment. Lines that are complete never change nor move, so readers need no agreement
/// with the follower: what the index does not cover yet is read by the same rules. Not for two threads at a time.
/// </summary>
internal sealed class LogReader : IDisposable
{
    /// <summary>How much a reader reads where there is no index. Behind it the log ends for now; the follower is about to come there.</summary>
    public const long MaxUnindexedBytes = 16 * 1024 * 1024;

    private readonly SafeFileHandle? _output;
    private readonly LogIndex _index;
    private readonly TimeProvider _clock;
    private readonly bool _isEnded;
    private readonly long _length;

    private LogReader(string outputFile, bool isEnded, TimeProvider clock)
    {
        _clock = clock;
        _isEnded = isEnded;
        _output = PlainFile.TryOpen(outputFile);
        _length = _output is null ? 0 : RandomAccess.GetLength(_output);
        _index = LogIndex.Open(outputFile, _output, _length);
    }

    /// <summary>Behind the last line.</summary>
    public LogPosition End { get; private set; }

    /// <summary>The newest state of a progress bar, or an unfinished line; null when the last thing printed is a complete line.</summary>
    public string? Frame { get; private set; }

    /// <summary>Whether the log goes on behind <see cref="End"/>, in a part that is not indexed yet.</summary>
    public bool IsBehind { get; private set; }

    /// <summary>Opens an attempt's output, which need not exist.</summary>
    /// <param name="outputFile">The attempt's <c>output.log</c>.</param>
    /// <param name="isEnded">Whether the attempt is over: a last line that nothing has ended is then a line.</param>
    /// <param name="clock">For the budgets.</param>
    public static LogReader Open(string outputFile, bool isEnded, TimeProvider clock)
    {
        var reader = new LogReader(outputFile, isEnded, clock);
        try
        {
            reader.FindEnd();
        }
        catch (InvalidDataException)
        {
            reader.DropIndex();
        }
        return reader;
    }

    /// <summary>The lines from number <paramref name="first"/> on.</summary>
    public LogPage Page(long first, LogQuery query) => Try(() => new LogPager(this, query, _clock).Forward(Math.Max(0, first)));

    /// <summary>The last lines.</summary>
    public LogPage Last(LogQuery query) => Try(() => new LogPager(this, query, _clock).Backward());

    /// <summary>
    /// The number of the line with <paramref name="skip"/> others of its level before it; the number behind the last line when there is none.
    /// </summary>
    public long NumberOf(LineLevel level, long skip) => Try(() =>
    {
        if (skip >= End.Counts[level])
        {
            return End.Lines;
        }
        using var walk = Walk(_index.Last(position => position.Counts[level] <= skip));
        while (walk.NextLine() && walk.Position.Counts[level] <= skip)
        {
        }
        return walk.Number;
    });

    public void Dispose()
    {
        _output?.Dispose();
        _index.Dispose();
    }

    /// <summary>How many blocks there are beside the first one.</summary>
    internal int LastBlock => _index.Count;

    /// <summary>The block with the last position that <paramref name="isBefore"/> holds for.</summary>
    internal int BlockWhere(Func<LogPosition, bool> isBefore) => _index.Last(isBefore);

    internal LogPosition Start(int block) => _index.Start(block);

    internal LogPosition Behind(int block) => block < _index.Count ? _index.Start(block + 1) : End;

    /// <summary>Over the records of one block. Blocks, and what can be seen of the log, end between two records: nothing is left over.</summary>
    internal LogWalk Walk(int block) => new(_output!, _index.Start(block), Behind(block).Offset, isWhole: true);

    /// <summary>Whether a block may hold a pattern: a first, quick look at its bytes.</summary>
    internal bool MayHold(int block, BytePattern pattern)
    {
        var (from, to) = (_index.Start(block).Offset, Behind(block).Offset);
        if (to - from > LogIndexer.BlockBytes + (2 * LogRecord.MaxBytes))
        {
            return true;
        }
        var rented = ArrayPool<byte>.Shared.Rent((int)(to - from));
        try
        {
            var bytes = rented.AsSpan(0, RandomAccess.Read(_output!, rented.AsSpan(0, (int)(to - from)), from));
            return pattern.IsInRaw(bytes) || AnsiText.HasCodes(bytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private T Try<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException)
        {
            DropIndex();
            return read();
        }
    }

    /// <summary>A damaged index is worth no more than none.</summary>
    private void DropIndex()
    {
        _index.Drop();
        FindEnd();
    }

    private void FindEnd()
    {
        var from = _index.Start(_index.Count);
        if (_output is null || from.Offset >= _length)
        {
            (End, Frame, IsBehind) = (from, null, false);
            return;
        }
        IsBehind = _length - from.Offset > MaxUnindexedBytes;
        var frame = new LogFrame();
        using var walk = new LogWalk(_output, from, IsBehind ? from.Offset + MaxUnindexedBytes : _length, _isEnded && !IsBehind);
        while (walk.Next())
        {
            if (walk.Kind == RecordKind.Line)
            {
                frame.Clear();
            }
            else if (walk.Kind == RecordKind.Frame)
            {
                frame.Keep(walk.Record);
            }
        }
        if (!LineRule.IsBlank(walk.Rest))
        {
            frame.Keep(walk.Rest);
        }
        (End, Frame) = (walk.Position, _isEnded ? null : frame.Text);
    }
}
