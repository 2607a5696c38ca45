using System.Buffers;
using System.Runtime.CompilerServices;

namespace Slipway.Server.Features.Gateway.Upstreams.Streaming;

/// <summary>
/// Reads the data of server-sent events, wherever the bytes are cut. Line ends may be LF, CR LF or CR; comments and fields
/// other than <c>data</c> are left out; several <c>data</c> lines are one text with line feeds between.
/// </summary>
internal sealed class EventReader(ByteSource source, int maxEventBytes) : IDisposable
{
    private const int FirstSize = 4096;
    private const byte LineFeed = (byte)'\n';
    private const byte CarriageReturn = (byte)'\r';

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstSize);

    // [start, end) is read but not given out; lines up to 'line' belong to the event that is being put together.
    private int _start;
    private int _line;
    private int _scanned;
    private int _end;
    private Range _data;
    private int _dataLines;
    private ArrayBufferWriter<byte>? _joined;
    private bool _skipsLineFeed;
    private bool _isAtBeginning = true;

    /// <summary>The data of the next event if all of it was read; valid until <see cref="FillAsync"/>.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> data)
    {
        while (TryTakeLine(out var from, out var to))
        {
            if (from < to)
            {
                Take(from, to);
            }
            else if (EndEvent(out data))
            {
                return true;
            }
        }

        data = default;
        return false;
    }

    /// <summary>What stands at the end without a blank line after it, as some servers leave it.</summary>
    public bool TryReadLast(out ReadOnlyMemory<byte> data)
    {
        if (_line < _end)
        {
            Take(_line, _end);
            _line = _scanned = _end;
        }

        return EndEvent(out data);
    }

    /// <summary>Waits for more bytes; false at the end.</summary>
    /// <exception cref="InvalidDataException">An event is larger than allowed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        var read = await source.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        if (_isAtBeginning && _end >= 3)
        {
            SkipByteOrderMark();
        }

        return read > 0;
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            _start = _line = _scanned = _end = 0;
        }
    }

    private bool TryTakeLine(out int from, out int to)
    {
        if (_skipsLineFeed && _line < _end)
        {
            // The line feed of a CR LF that was cut in two.
            _skipsLineFeed = false;
            if (_buffer[_line] == LineFeed)
            {
                _line++;
                _scanned = Math.Max(_scanned, _line);
            }
        }

        var at = _buffer.AsSpan(_scanned, _end - _scanned).IndexOfAny(LineFeed, CarriageReturn);
        if (at < 0)
        {
            _scanned = _end;
            (from, to) = (0, 0);
            return false;
        }

        (from, to) = (_line, _scanned + at);
        _line = to + 1;
        if (_buffer[to] == CarriageReturn)
        {
            _skipsLineFeed = true;
        }

        _scanned = _line;
        return true;
    }

    private void Take(int from, int to)
    {
        var line = _buffer.AsSpan(from, to - from);
        if (!line.StartsWith("data"u8) || (line.Length > 4 && line[4] != (byte)':'))
        {
            return;
        }

        var value = Math.Min(from + 5, to);
        value += value < to && _buffer[value] == (byte)' ' ? 1 : 0;
        if (_dataLines++ == 0)
        {
            _data = value..to;
            return;
        }

        Join(value, to);
    }

    private void Join(int from, int to)
    {
        _joined ??= new ArrayBufferWriter<byte>();
        if (_dataLines == 2)
        {
            _joined.ResetWrittenCount();
            _joined.Write(_buffer.AsSpan()[_data]);
        }

        _joined.Write("\n"u8);
        _joined.Write(_buffer.AsSpan(from, to - from));
    }

    private bool EndEvent(out ReadOnlyMemory<byte> data)
    {
        data = _dataLines > 1 ? _joined!.WrittenMemory : _buffer.AsMemory()[_data];
        var isThere = _dataLines > 0;
        (_dataLines, _data) = (0, default);
        _start = _line;
        return isThere;
    }

    private void MakeRoom()
    {
        // An event under way is kept from its first line on; between events everything before the present line can go.
        var keptFrom = _dataLines > 0 ? _start : _line;
        if (_end - keptFrom > maxEventBytes)
        {
            throw new InvalidDataException($"An event is larger than {maxEventBytes} bytes.");
        }

        if (keptFrom > 0)
        {
            _buffer.AsSpan(keptFrom, _end - keptFrom).CopyTo(_buffer);
            Shift(keptFrom);
        }

        if (_end == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }

    private void Shift(int by)
    {
        _start = Math.Max(0, _start - by);
        _line -= by;
        _scanned -= by;
        _end -= by;
        if (_dataLines > 0)
        {
            _data = (_data.Start.Value - by)..(_data.End.Value - by);
        }
    }

    private void SkipByteOrderMark()
    {
        _isAtBeginning = false;
        if (_line == 0 && _buffer.AsSpan(0, _end).StartsWith("\uFEFF"u8))
        {
            _start = _line = _scanned = 3;
        }
    }
}
