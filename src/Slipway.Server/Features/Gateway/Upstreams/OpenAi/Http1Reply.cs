using System.Buffers.Text;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Slipway.Server.Features.Gateway.Upstreams.OpenAi;

/// <summary>The body of a reply over a connection of <see cref="Http1Line"/>.</summary>
internal sealed class Http1Reply : HttpReply
{
    private static readonly TimeSpan PatienceForTheEnd = TimeSpan.FromSeconds(1);

    private readonly Http1Line _line;
    private readonly Http1Connection _connection;
    private readonly CancellationTokenRegistration _onCancel;
    private readonly Http1Framing _framing;
    private readonly bool _closes;
    private long _left;
    private bool _isAfterChunk;
    private bool _isAtEnd;
    private bool _endsSoon;
    private bool _isDisposed;

    public Http1Reply(Http1Line line, Http1Connection connection, in Http1Head head, CancellationTokenRegistration onCancel)
    {
        (_line, _connection, _onCancel) = (line, connection, onCancel);
        (_framing, _closes) = (head.Framing, head.Closes);
        _left = head.Framing is Http1Framing.Length ? head.Length : 0;
        _isAtEnd = head.Framing is Http1Framing.Length && head.Length == 0;
        Head = head.ToReply();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadBodyAsync(buffer);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw exception as IOException ?? new IOException("The connection broke.", exception);
        }
    }

    public override void EndsSoon() => _endsSoon = true;

    public override ValueTask DisposeAsync()
    {
        // A connection that is given back twice is lent to two calls at once.
        if (_isDisposed)
        {
            return ValueTask.CompletedTask;
        }

        _isDisposed = true;
        _onCancel.Dispose();
        if (_isAtEnd)
        {
            _line.Return(_connection, _closes);
        }
        else if (_endsSoon && !_closes)
        {
            // Apart: the client has its answer and must not wait for the last bytes of framing.
            _ = ReadToEndAsync();
        }
        else
        {
            _connection.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadBodyAsync(Memory<byte> buffer)
    {
        if (_isAtEnd)
        {
            return 0;
        }

        if (_framing is Http1Framing.Chunked && _left == 0 && !await NextChunkAsync())
        {
            _isAtEnd = true;
            return 0;
        }

        var wanted = _framing is Http1Framing.UntilClose ? buffer : buffer[..(int)Math.Min(buffer.Length, _left)];
        var read = await _connection.ReadAsync(wanted);
        if (_framing is Http1Framing.UntilClose)
        {
            _isAtEnd = read == 0;
            return read;
        }

        _left -= read;
        _isAtEnd = _left == 0 && _framing is Http1Framing.Length;
        return read > 0 ? read : throw new IOException("The connection ended before the reply did.");
    }

    // The size line of a chunk; at the last one also the trailers up to a blank line.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> NextChunkAsync()
    {
        var isLast = false;
        while (true)
        {
            while (_connection.TryReadLine(out var line))
            {
                if (isLast && line.IsEmpty)
                {
                    return false;
                }

                if (isLast || (_isAfterChunk && line.IsEmpty))
                {
                    _isAfterChunk = false;
                    continue;
                }

                _left = SizeOf(line);
                _isAfterChunk = true;
                if (_left > 0)
                {
                    return true;
                }

                isLast = true;
            }

            if (!await _connection.FillAsync())
            {
                throw new IOException("The connection ended before the reply did.");
            }
        }
    }

    private static long SizeOf(ReadOnlySpan<byte> line)
    {
        var digits = line.IndexOf((byte)';') is var end and >= 0 ? line[..end].TrimEnd(" \t"u8) : line;
        return Utf8Parser.TryParse(digits, out long size, out var used, 'x') && used == digits.Length && used <= 8 && size >= 0
            ? size
            : throw new IOException("The reply's framing is broken.");
    }

    private async Task ReadToEndAsync()
    {
        var patience = new CancellationTokenSource(PatienceForTheEnd, _line.Clock);
        var registration = patience.Token.UnsafeRegister(static connection => ((Http1Connection)connection!).Dispose(), _connection);
        try
        {
            var rest = new byte[256];
            // A few bytes of framing; whoever sends more has not understood that it was over.
            for (var i = 0; i < 16 && !_isAtEnd; i++)
            {
                await ReadBodyAsync(rest);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
        {
            // Only the connection is lost.
        }

        // Waits for one that runs: behind this the connection may be somebody else's.
        await registration.DisposeAsync();
        patience.Dispose();
        if (_isAtEnd)
        {
            _line.Return(_connection, _closes);
        }
        else
        {
            _connection.Dispose();
        }
    }
}
