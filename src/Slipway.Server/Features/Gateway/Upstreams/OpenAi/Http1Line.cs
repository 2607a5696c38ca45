using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Unicode;

namespace Slipway.Server.Features.Gateway.Upstreams.OpenAi;

/// <summary>
/// HTTP/1.1 without TLS over pooled connections: as much of it as calling a model server takes, at a third of what the
/// general client costs per request. See docs/decisions/0009.
/// </summary>
internal sealed class Http1Line(Uri baseUrl, string? apiKey, TimeSpan connectTimeout, TimeProvider clock) : IHttpLine
{
    /// <summary>Connections are made anew after this, so that a name that moves is followed.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(60);
    private const int MostIdle = 1024;
    private const int SentAtOnce = 64 << 10;
    private const int MostInterimReplies = 8;

    private readonly Stack<Http1Connection> _idle = [];
    private readonly Lock _gate = new();
    private readonly byte[] _headEnd = HeadEndOf(baseUrl, apiKey);
    private readonly string _basePath = baseUrl.AbsolutePath.TrimEnd('/');
    private bool _isDisposed;

    public TimeProvider Clock => clock;

    public async ValueTask<HttpReply> SendAsync(string path, SplicedBody body, string requestId, CancellationToken cancellationToken)
    {
        if (TryRent() is { } pooled)
        {
            try
            {
                return await ExchangeAsync(pooled, path, body, requestId, cancellationToken);
            }
            catch (IOException) when (!pooled.HasBytes && !cancellationToken.IsCancellationRequested)
            {
                // The other side had closed it while it lay idle; the request was not looked at.
            }
        }

        return await ExchangeAsync(await ConnectAsync(cancellationToken), path, body, requestId, cancellationToken);
    }

    /// <summary>Takes a connection back whose reply was read to its end.</summary>
    public void Return(Http1Connection connection, bool closes)
    {
        connection.IdleSince = clock.GetTimestamp();
        if (!closes && connection.IsClean && clock.GetElapsedTime(connection.OpenedAt) < Lifetime)
        {
            lock (_gate)
            {
                if (!_isDisposed && _idle.Count < MostIdle)
                {
                    _idle.Push(connection);
                    return;
                }
            }
        }

        connection.Dispose();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            while (_idle.TryPop(out var connection))
            {
                connection.Dispose();
            }
        }
    }

    private Http1Connection? TryRent()
    {
        while (TryTake() is { } connection)
        {
            if (connection.IsQuiet())
            {
                return connection;
            }

            // Closed, or an upstream that says more than it announced: the rest must not become the next call's answer.
            connection.Dispose();
        }

        return null;
    }

    private Http1Connection? TryTake()
    {
        lock (_gate)
        {
            if (!_idle.TryPop(out var connection))
            {
                return null;
            }

            if (clock.GetElapsedTime(connection.IdleSince) < LongestIdle)
            {
                return connection;
            }

            // Those below it lie idle for longer still.
            connection.Dispose();
            while (_idle.TryPop(out connection))
            {
                connection.Dispose();
            }

            return null;
        }
    }

    private async ValueTask<HttpReply> ExchangeAsync(
        Http1Connection connection, string path, SplicedBody body, string requestId, CancellationToken cancellationToken)
    {
        connection.BeginRequest();
        // To cancel is to close: the upstream learns of it by the same packet.
        var onCancel = cancellationToken.UnsafeRegister(static connection => ((Http1Connection)connection!).Dispose(), connection);
        try
        {
            await SendRequestAsync(connection, path, body, requestId);
            return new Http1Reply(this, connection, await ReadHeadAsync(connection), onCancel);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
        {
            onCancel.Dispose();
            connection.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw exception as IOException ?? new IOException("The connection broke.", exception);
        }
    }

    private async ValueTask<Http1Head> ReadHeadAsync(Http1Connection connection)
    {
        for (var i = 0; i < MostInterimReplies; i++)
        {
            var bytes = await connection.ReadHeadAsync();
            if (!Http1Head.TryParse(bytes.Span, clock.GetUtcNow(), out var head))
            {
                throw new IOException("The reply is not HTTP/1.1.");
            }

            if (head.Status >= 200)
            {
                return head;
            }
        }

        throw new IOException("The reply never came to its point.");
    }

    private async ValueTask SendRequestAsync(Http1Connection connection, string path, SplicedBody body, string requestId)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(_headEnd.Length + 1024 + Math.Min(body.Length, SentAtOnce));
        try
        {
            var length = WriteHead(buffer, path, requestId, body.Length);
            if (body.Length <= SentAtOnce)
            {
                // One packet where it fits into one.
                body.CopyTo(buffer.AsSpan(length));
                await connection.SendAsync(buffer.AsMemory(0, length + body.Length));
                return;
            }

            await connection.SendAsync(buffer.AsMemory(0, length));
            foreach (var piece in body.Pieces)
            {
                await connection.SendAsync(piece);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int WriteHead(Span<byte> buffer, string path, string requestId, int length)
    {
        _ = Utf8.TryWrite(buffer, $"POST {_basePath}{path} HTTP/1.1\r\nx-request-id: {requestId}\r\nContent-Length: {length}\r\n", out var written);
        _headEnd.CopyTo(buffer[written..]);
        return written + _headEnd.Length;
    }

    private async ValueTask<Http1Connection> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (connectTimeout > TimeSpan.Zero)
        {
            limit.CancelAfter(connectTimeout);
        }

        try
        {
            await socket.ConnectAsync(new DnsEndPoint(baseUrl.IdnHost, baseUrl.Port), limit.Token);
            return new Http1Connection(socket, clock.GetTimestamp());
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or IOException)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw exception is OperationCanceledException
                ? new TimeoutException("The upstream did not take the connection in time.", exception)
                : new IOException("The upstream does not take connections.", exception);
        }
    }

    private static byte[] HeadEndOf(Uri baseUrl, string? apiKey)
    {
        var key = apiKey is null ? "" : $"Authorization: Bearer {apiKey}\r\n";
        return Encoding.ASCII.GetBytes(
            $"Host: {baseUrl.Authority}\r\n{key}Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
            + $"User-Agent: slipway/{ServerVersion.Text}\r\n\r\n");
    }
}
