using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Slipway.Server.Features.Gateway.Upstreams.OpenAi;

/// <summary>A TCP connection with what was read from it and not used yet.</summary>
internal sealed class Http1Connection(Socket socket, long openedAt) : IDisposable
{
    private const int BufferSize = 4 << 10;
    private const int LongestHead = 32 << 10;
    private const int LongestLine = 1 << 10;

    private byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;

    public long OpenedAt => openedAt;

    public long IdleSince { get; set; }

    /// <summary>Whether anything of the present reply came.</summary>
    public bool HasBytes => _end > 0;

    /// <summary>Nothing may be left over when the next request is sent.</summary>
    public bool IsClean => _start == _end;

    /// <summary>
    /// Whether nothing came while it lay idle. What did is its end, or an answer that nobody asked for, which the next call
    /// would take for its own.
    /// </summary>
    public bool IsQuiet()
    {
        try
        {
            return !socket.Poll(TimeSpan.Zero, SelectMode.SelectRead);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    public void BeginRequest() => (_start, _end) = (0, 0);

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None)..];
        }
    }

    /// <summary>Reads a head: its bytes, up to and with the blank line; valid until the next read.</summary>
    /// <exception cref="IOException">The connection ended first, or the head is larger than any should be.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadHeadAsync()
    {
        var searched = _start;
        while (true)
        {
            var at = _buffer.AsSpan(searched, _end - searched).IndexOf("\r\n\r\n"u8);
            if (at >= 0)
            {
                var head = _buffer.AsMemory(_start, searched + at + 4 - _start);
                _start = searched + at + 4;
                return head;
            }

            searched = Math.Max(_start, _end - 3);
            if (_end - _start >= LongestHead)
            {
                throw new IOException("The head of the reply is too long.");
            }

            if (_end == _buffer.Length)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }

            var read = await socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None);
            if (read == 0)
            {
                throw new IOException("The connection ended before the reply's head did.");
            }

            _end += read;
        }
    }

    /// <summary>Reads some bytes of a body; 0 when the connection ended.</summary>
    public ValueTask<int> ReadAsync(Memory<byte> into)
    {
        if (IsClean)
        {
            return socket.ReceiveAsync(into, SocketFlags.None);
        }

        var count = Math.Min(into.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(into.Span);
        _start += count;
        return new ValueTask<int>(count);
    }

    /// <summary>Takes a line without its end, if a whole one is there.</summary>
    /// <exception cref="IOException">It is longer than any should be.</exception>
    public bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        var at = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
        if (at < 0)
        {
            line = default;
            return _end - _start > LongestLine ? throw new IOException("A line of the reply is too long.") : false;
        }

        line = _buffer.AsSpan(_start, at).TrimEnd((byte)'\r');
        _start += at + 1;
        return true;
    }

    /// <summary>Waits for more bytes behind those that are there; false when the connection ended.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FillAsync()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        var read = await socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None);
        _end += read;
        return read > 0;
    }

    /// <summary>Closes with a reset: the other side learns at once that nobody reads any more.</summary>
    public void Dispose() => socket.Dispose();
}
