using System.Buffers;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>
/// Finds the JSON values in what a container streams, however it frames them and wherever it is cut: server-sent events, one object per
/// line, objects with nothing between them, or one object over several lines. All marks are ASCII, so that no character is ever cut.
/// </summary>
/// <param name="longest">Most bytes that one event may have.</param>
internal sealed class ContainerEvents(int longest = 8 << 20) : IDisposable
{
    private readonly ArrayBufferWriter<byte> _data = new();
    private JsonWhole _dataValue;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(8 << 10);
    private int _start;
    private int _end;

    /// <summary>Up to where the value or line that begins at <see cref="_start"/> was looked at.</summary>
    private int _seen;
    private JsonEnd _value;

    private static ReadOnlySpan<byte> DoneMark => "[DONE]"u8;

    /// <summary><c>[DONE]</c> stood there: nothing that follows counts.</summary>
    public bool IsDone { get; private set; }

    /// <summary>There are no more bytes.</summary>
    public bool IsEnding { get; private set; }

    /// <summary>Whether something was begun that is not at its end.</summary>
    public bool HasRest => _end > _start || _data.WrittenCount > 0;

    /// <summary>Adds the container's next bytes. What was read before is no longer valid.</summary>
    /// <exception cref="FormatException">An event grew too long.</exception>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_end - _start + bytes.Length > longest)
        {
            throw new FormatException($"An event is longer than {longest} bytes.");
        }
        MakeRoom(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>There are no more bytes: the last line needs no end.</summary>
    public void Complete() => IsEnding = true;

    /// <summary>The next value's bytes, valid until anything else is called.</summary>
    /// <exception cref="FormatException">This is no JSON.</exception>
    public bool TryRead(out ReadOnlyMemory<byte> json)
    {
        SkipBlanks();
        while (!IsDone && _start < _end)
        {
            if (_buffer[_start] is (byte)'{' or (byte)'[')
            {
                if (TryTakeData(out json))
                {
                    return true;
                }
                if (!TryTakeValue(out json))
                {
                    return false;
                }
                IsDone = json.Span.SequenceEqual(DoneMark);
                return !IsDone;
            }
            if (!TryPeekLine(out var line, out var next))
            {
                break;
            }
            // A second `data:` after a whole value begins an event of its own, though no blank line stands between them.
            var endsEvent = line.IsEmpty || (line.StartsWith("data:"u8) && _dataValue.IsWhole);
            if (endsEvent && TryTakeData(out json))
            {
                return true;
            }
            _start = _seen = next;
            TakeLine(line);
            SkipBlanks();
        }
        json = default;
        return (IsDone || (IsEnding && _start == _end && _dataValue.IsWhole)) && TryTakeData(out json);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _start = _end = _seen = 0;
    }

    private bool TryTakeValue(out ReadOnlyMemory<byte> json)
    {
        for (; _seen < _end; _seen++)
        {
            if (_value.Take(_buffer[_seen]))
            {
                json = _buffer.AsMemory(_start, ++_seen - _start);
                _start = _seen;
                _value = default;
                return true;
            }
        }
        json = default;
        return false;
    }

    /// <summary>Blanks before a value, and the byte order mark that some writers begin with.</summary>
    private void SkipBlanks()
    {
        while (_start < _end && (_buffer[_start] is (byte)' ' or (byte)'\t' or (byte)'\r' or 0xEF or 0xBB or 0xBF))
        {
            _start++;
        }
        _seen = Math.Max(_seen, _start);
    }

    private bool TryPeekLine(out ReadOnlySpan<byte> line, out int next)
    {
        var at = _buffer.AsSpan(_seen, _end - _seen).IndexOf((byte)'\n');
        (var end, next) = at >= 0 ? (_seen + at, _seen + at + 1) : (_end, _end);
        line = _buffer.AsSpan(_start, end - _start).TrimEnd("\r \t"u8);
        if (at < 0 && !IsEnding)
        {
            _seen = _end;
            return false;
        }
        _seen = _start;
        return true;
    }

    /// <summary>Comments, other fields and stray text are passed over: none of them says anything of the answer.</summary>
    private void TakeLine(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("data:"u8))
        {
            TakeData(line["data:"u8.Length..].TrimStart((byte)' '));
        }
    }

    private void TakeData(ReadOnlySpan<byte> data)
    {
        if (data.SequenceEqual(DoneMark))
        {
            IsDone = true;
            return;
        }
        if (_data.WrittenCount + data.Length + 1 > longest)
        {
            throw new FormatException($"An event is longer than {longest} bytes.");
        }
        if (_data.WrittenCount > 0)
        {
            _data.Write("\n"u8);
        }
        _data.Write(data);
        _dataValue.Take(data);
    }

    private bool TryTakeData(out ReadOnlyMemory<byte> json)
    {
        json = _data.WrittenMemory;
        _data.ResetWrittenCount();
        _dataValue = default;
        return json.Length > 0;
    }

    private void MakeRoom(int count)
    {
        if (_buffer.Length - _end >= count)
        {
            return;
        }
        var held = _end - _start;
        var target = held + count <= _buffer.Length ? _buffer : ArrayPool<byte>.Shared.Rent(Math.Max(held + count, 2 * _buffer.Length));
        _buffer.AsSpan(_start, held).CopyTo(target);
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }
        (_seen, _end, _start) = (_seen - _start, held, 0);
    }
}
