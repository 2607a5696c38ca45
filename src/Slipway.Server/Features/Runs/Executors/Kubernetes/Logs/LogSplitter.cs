using System.Buffers;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes.Logs;

/// <summary>
/// Takes what is new out of one answer of the log's endpoint, which begins anew at <see cref="LogPosition.Since"/>: leaves out the
/// stamps and the lines that were taken before. Holds no line in memory, however long.
/// </summary>
internal sealed class LogSplitter(LogPosition position)
{
    /// <summary>Runtimes cut lines at 16 KiB; anything shorter than this came in one piece.</summary>
    private const int LongLine = 8 << 10;

    /// <summary>Seconds that are asked for again: lines of the two streams may lie in a slightly wrong order.</summary>
    private const int Margin = 2;

    private readonly byte[] _stamp = new byte[LogStamp.Longest];
    private int _stampLength;
    private Part _part;
    private long _linesToSkip = position.Taken;
    private long _bytesToSkip;
    private int _tiesToSkip = position.LastTies;
    private bool _isFirst = true;
    private bool _isLong = position.OpenBytes > LongLine;
    private bool _isOpenPending = position.OpenBytes > 0;

    private enum Part
    {
        Stamp,
        Old,
        New,

        /// <summary>The node's own words: it puts no stamp before them.</summary>
        Foreign,
    }

    /// <summary>The log was cut at its front since the last answer: the node keeps only so much of it.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Cut so far that nothing tells whether lines are missing.</summary>
    public bool HasGap { get; private set; }

    /// <summary>Bytes that are no line of the process: the node's own words.</summary>
    public long ForeignBytes { get; private set; }

    /// <summary>Writes what is new in <paramref name="bytes"/> to <paramref name="output"/>, and moves the position.</summary>
    public void Push(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        while (!bytes.IsEmpty)
        {
            bytes = _part == Part.Stamp ? ReadStamp(bytes) : ReadContent(bytes, output);
        }
    }

    private ReadOnlySpan<byte> ReadStamp(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == ' ' && LogStamp.TryParse(_stamp.AsSpan(0, _stampLength), out var stamp))
            {
                _part = Begin(stamp);
                return bytes[(i + 1)..];
            }
            if (bytes[i] is (byte)' ' or (byte)'\n' || _stampLength == LogStamp.Longest)
            {
                ForeignBytes += _stampLength;
                _part = Part.Foreign;
                return bytes[i..];
            }
            _stamp[_stampLength++] = bytes[i];
        }
        return [];
    }

    private Part Begin(long stamp)
    {
        if (_isFirst)
        {
            _isFirst = false;
            IsCut = (position.Taken > 0 || _isOpenPending) && stamp != position.First;
            HasGap = IsCut && stamp > position.Last && !(_isOpenPending && stamp == position.OpenStamp);
        }
        if (IsCut ? IsOldAfterCut(stamp) : _linesToSkip-- > 0)
        {
            return Part.Old;
        }
        if (_isOpenPending)
        {
            _isOpenPending = false;
            if (!IsCut || stamp == position.OpenStamp)
            {
                _bytesToSkip = position.OpenBytes;
                return Part.New;
            }
        }
        if (_isLong)
        {
            position.Barrier = stamp / LogStamp.Second + 1;
        }
        if (position.Taken == 0)
        {
            position.First = stamp;
        }
        (position.OpenStamp, position.OpenBytes) = (stamp, 0);
        return Part.New;
    }

    private bool IsOldAfterCut(long stamp) => stamp < position.Last || (stamp == position.Last && _tiesToSkip-- > 0);

    private ReadOnlySpan<byte> ReadContent(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        var end = bytes.IndexOf((byte)'\n');
        var content = end < 0 ? bytes : bytes[..end];
        if (_part == Part.Foreign)
        {
            ForeignBytes += content.Length;
        }
        else if (_part == Part.New)
        {
            var skipped = (int)Math.Min(_bytesToSkip, content.Length);
            _bytesToSkip -= skipped;
            Put(content[skipped..], output);
            position.OpenBytes += content.Length - skipped;
        }
        if (end < 0)
        {
            return [];
        }
        if (_part == Part.New)
        {
            Put("\n"u8, output);
            End();
        }
        (_part, _stampLength) = (Part.Stamp, 0);
        return bytes[(end + 1)..];
    }

    private void Put(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        output.Write(bytes);
        position.Length += bytes.Length;
    }

    private void End()
    {
        var (stamp, second) = (position.OpenStamp, position.OpenStamp / LogStamp.Second);
        _isLong = position.OpenBytes > LongLine;
        position.LastTies = stamp == position.Last ? position.LastTies + 1 : 1;
        position.Last = stamp;
        position.OpenBytes = 0;
        position.Taken++;
        position.Latest = Math.Max(position.Latest, second);
        Count(second, stamp);
        MoveOn(position.Latest - Margin);
    }

    private void Count(long second, long stamp)
    {
        var known = position.Seconds.FindLast(one => one.Second == second);
        if (known is null && second >= position.Latest - Margin)
        {
            position.Seconds.Add(known = new LogSecond { Second = second, First = stamp });
        }
        if (known is not null)
        {
            known.Lines++;
        }
    }

    // The later the lines are asked for, the fewer come twice.
    private void MoveOn(long since)
    {
        position.Seconds.RemoveAll(one => one.Second < since);
        if (since > (position.Since ?? 0) && since >= position.Barrier)
        {
            position.Since = since;
            position.Taken = position.Seconds.Sum(one => one.Lines);
            position.First = position.Seconds[0].First;
        }
    }
}
