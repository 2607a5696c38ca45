using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Server.Features.Runs.Logs;

/// <summary>
/// Walks over the records of a part of the output, with memory for one buffer whatever the file holds. Follower and readers
/// both walk with it: what one has counted the other finds.
/// </summary>
internal sealed class LogWalk : IDisposable
{
    public const int SmallBuffer = 256 * 1024;
    public const int LargeBuffer = 1024 * 1024;

    private readonly SafeFileHandle _file;
    private readonly bool _isWhole;
    private readonly byte[] _buffer;
    private long _end;
    private long _read;
    private int _start;
    private int _filled;
    private int _recordStart;
    private int _recordLength;
    private LogPosition _position;

    /// <param name="file">The output.</param>
    /// <param name="from">A place between two records.</param>
    /// <param name="end">Nothing behind this byte is looked at.</param>
    /// <param name="isWhole">Whether a record ends there even when nothing ends it.</param>
    /// <param name="bufferBytes">At least twice a record.</param>
    public LogWalk(SafeFileHandle file, LogPosition from, long end, bool isWhole, int bufferBytes = SmallBuffer)
    {
        _file = file;
        _isWhole = isWhole;
        _buffer = ArrayPool<byte>.Shared.Rent(bufferBytes);
        _end = end;
        _read = from.Offset;
        _position = from;
    }

    /// <summary>Behind the record that was read last.</summary>
    public LogPosition Position => _position;

    /// <summary>What was read last; gone with the next one.</summary>
    public ReadOnlySpan<byte> Record => _buffer.AsSpan(_recordStart, _recordLength);

    public RecordKind Kind { get; private set; }

    /// <summary>Whether the line goes on with the one before.</summary>
    public bool Continued { get; private set; }

    /// <summary>Of the line that was read last.</summary>
    public LineLevel Level => _position.State.Level;

    /// <summary>Of the line that was read last.</summary>
    public long Number => _position.Lines - 1;

    /// <summary>When <see cref="Next"/> has said no: the begin of a record that is not complete.</summary>
    public ReadOnlySpan<byte> Rest => _buffer.AsSpan(_start, _filled - _start);

    /// <summary>Reads the next record; false when there is no complete one.</summary>
    public bool Next()
    {
        int length, next;
        RecordEnd end;
        while (!LogRecord.TryCut(Rest, _isWhole && _read >= _end, out length, out next, out end))
        {
            if (!Fill())
            {
                return false;
            }
        }
        _recordStart = _start;
        _recordLength = length;
        _start += next;
        Judge(next, end);
        return true;
    }

    /// <summary>Reads on to the next line.</summary>
    public bool NextLine()
    {
        while (Next())
        {
            if (Kind == RecordKind.Line)
            {
                return true;
            }
        }
        return false;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void Judge(int bytes, RecordEnd end)
    {
        var state = _position.State;
        var counts = _position.Counts;
        var (level, inTraceback) = (state.Level, state.InTraceback);
        Kind = LineRule.Of(Record, end, state);
        Continued = state.Continued;
        if (Kind == RecordKind.Line)
        {
            level = Continued ? level : LevelWords.Of(Record, ref inTraceback);
            counts = counts.Plus(level);
        }
        state = new(end == RecordEnd.Return, end is RecordEnd.Cut or RecordEnd.End, inTraceback, level);
        _position = new(_position.Offset + bytes, counts, state);
    }

    private bool Fill()
    {
        if (_read >= _end)
        {
            return false;
        }
        Rest.CopyTo(_buffer);
        _filled -= _start;
        _start = 0;
        var room = (int)Math.Min(_buffer.Length - _filled, _end - _read);
        var bytes = RandomAccess.Read(_file, _buffer.AsSpan(_filled, room), _read);
        _filled += bytes;
        _read += bytes;
        if (bytes == 0)
        {
            _end = _read; // Somebody has cut the file shorter.
        }
        return bytes > 0 || _isWhole;
    }
}
