using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

/// <summary>A server on a socket of its own that answers each request byte for byte as a test says, however wrong that is.</summary>
internal sealed partial class RawUpstream : IAsyncDisposable
{
    public const string Whole =
        """{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"inner/name","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}""";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Exchange, Task> _answer;
    private readonly X509Certificate2? _certificate;
    private int _requests;
    private int _connections;

    /// <param name="answer">What it does with each request.</param>
    /// <param name="certificate">Speaks TLS with it, in the name of localhost.</param>
    public RawUpstream(Func<Exchange, Task> answer, X509Certificate2? certificate = null)
    {
        (_answer, _certificate) = (answer, certificate);
        _listener.Start();
        _ = AcceptAsync();
    }

    public string BaseUrl => $"{(_certificate is null ? "http://127.0.0.1" : "https://localhost")}:{((IPEndPoint)_listener.LocalEndpoint).Port}/v1";

    public int Requests => Volatile.Read(ref _requests);

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Answers everything with a JSON text.</summary>
    public static RawUpstream Json(string json, int status = 200, string headers = "") =>
        new(exchange => exchange.SendJsonAsync(json, status, headers));

    public static string Chunk(string content, string finish = "null") =>
        $$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"inner/name","choices":[{"index":0,"delta":{"content":"{{content}}"},"finish_reason":{{finish}}}]}""";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                _ = ServeAsync(client);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await using var stream = await OpenAsync(client);
                while (await ReadRequestAsync(stream) is var (head, body))
                {
                    var exchange = new Exchange(client, stream, head, body, Interlocked.Increment(ref _requests));
                    await _answer(exchange);
                    if (exchange.IsClosed)
                    {
                        return;
                    }
                }
            }
            catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException or OperationCanceledException or AuthenticationException)
            {
            }
        }
    }

    private async Task<Stream> OpenAsync(TcpClient client)
    {
        if (_certificate is null)
        {
            return client.GetStream();
        }

        var secure = new SslStream(client.GetStream());
        await secure.AuthenticateAsServerAsync(_certificate);
        return secure;
    }

    private async Task<(string Head, string Body)?> ReadRequestAsync(Stream stream)
    {
        var bytes = new List<byte>();
        var buffer = new byte[4096];
        while (true)
        {
            var text = Encoding.UTF8.GetString([.. bytes]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                var length = int.Parse(ContentLength().Match(text).Groups[1].Value, null);
                if (bytes.Count >= end + 4 + length)
                {
                    return (text[..end], Encoding.UTF8.GetString([.. bytes[(end + 4)..(end + 4 + length)]]));
                }
            }

            var read = await stream.ReadAsync(buffer, _stop.Token);
            if (read == 0)
            {
                return null;
            }

            bytes.AddRange(buffer.AsSpan(0, read));
        }
    }

    [GeneratedRegex(@"Content-Length: (\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex ContentLength();

    internal sealed class Exchange(TcpClient client, Stream stream, string head, string body, int number)
    {
        public string Head => head;

        public string Body => body;

        /// <summary>1 for the first request that this server got.</summary>
        public int Number => number;

        public bool IsClosed { get; private set; }

        public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

        public async Task SendAsync(byte[] bytes) => await stream.WriteAsync(bytes);

        public Task SendJsonAsync(string json, int status = 200, string headers = "") => SendAsync(
            $"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n{headers}\r\n{json}");

        public Task BeginStreamAsync() =>
            SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");

        public Task SendChunkAsync(string text) => SendAsync($"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n");

        public Task SendEventAsync(string json) => SendChunkAsync($"data: {json}\n\n");

        public Task EndStreamAsync() => SendAsync("0\r\n\r\n");

        /// <summary>A whole well-behaved stream of these chunks.</summary>
        public async Task StreamAsync(params string[] chunks)
        {
            await BeginStreamAsync();
            foreach (var chunk in chunks)
            {
                await SendEventAsync(chunk);
            }

            await SendEventAsync("[DONE]");
            await EndStreamAsync();
        }

        public void Close() => client.Client.Shutdown(SocketShutdown.Both);

        public void Reset()
        {
            IsClosed = true;
            client.Client.LingerState = new LingerOption(true, 0);
            client.Close();
        }

        public void CloseAfter()
        {
            IsClosed = true;
            client.Close();
        }

        /// <summary>Ends when the other side has gone.</summary>
        public async Task UntilLeftAsync()
        {
            IsClosed = true;
            var buffer = new byte[256];
            try
            {
                while (await stream.ReadAsync(buffer) > 0)
                {
                }
            }
            catch (IOException)
            {
            }
        }
    }
}
