using System.Net;
using System.Net.Http.Headers;

namespace Slipway.Server.Features.Gateway.Upstreams.OpenAi;

/// <summary>HTTP/1.1 by the framework's client: for upstreams with TLS or behind a proxy.</summary>
internal sealed class HandlerLine : IHttpLine
{
    private readonly string _baseUrl;
    private readonly AuthenticationHeaderValue? _key;
    private readonly TimeProvider _clock;
    private readonly HttpMessageInvoker _http;

    public HandlerLine(Uri baseUrl, string? apiKey, string? proxy, TimeSpan connectTimeout, TimeProvider clock)
    {
        _baseUrl = baseUrl.AbsoluteUri.TrimEnd('/');
        _key = apiKey is null ? null : new AuthenticationHeaderValue("Bearer", apiKey);
        _clock = clock;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = proxy is not null,
            Proxy = proxy is null ? null : new WebProxy(proxy),
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = connectTimeout > TimeSpan.Zero ? connectTimeout : Timeout.InfiniteTimeSpan,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 32,
            // Of a reply that is left, no more is waited for than the last bytes of its framing: who computes it is to stop.
            MaxResponseDrainSize = 4 << 10,
            ResponseDrainTimeout = TimeSpan.FromMilliseconds(100),
        });
    }

    public async ValueTask<HttpReply> SendAsync(string path, SplicedBody body, string requestId, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _baseUrl + path) { Content = new SplicedContent(body) };
        request.Headers.Authorization = _key;
        request.Headers.TryAddWithoutValidation("x-request-id", requestId);
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        request.Headers.TryAddWithoutValidation("User-Agent", "slipway/" + ServerVersion.Text);
        try
        {
            var response = await _http.SendAsync(request, cancellationToken);
            return new Reply(response, await response.Content.ReadAsStreamAsync(cancellationToken), _clock.GetUtcNow());
        }
        catch (Exception exception) when (exception is HttpRequestException or ObjectDisposedException)
        {
            // Disposed, when a change of the configuration took the upstream out just now.
            throw new IOException("The upstream was not reached.", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("The upstream did not take the connection in time.", exception);
        }
    }

    public void Dispose() => _http.Dispose();

    private sealed class SplicedContent : HttpContent
    {
        private readonly SplicedBody _body;

        public SplicedContent(SplicedBody body)
        {
            _body = body;
            Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            foreach (var piece in _body.Pieces)
            {
                await stream.WriteAsync(piece, cancellationToken);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _body.Length;
            return true;
        }
    }

    private sealed class Reply : HttpReply
    {
        private readonly HttpResponseMessage _response;
        private readonly Stream _body;

        public Reply(HttpResponseMessage response, Stream body, DateTimeOffset now)
        {
            (_response, _body) = (response, body);
            var media = response.Content.Headers.ContentType?.MediaType switch
            {
                "application/json" => ReplyMedia.Json,
                "text/event-stream" => ReplyMedia.EventStream,
                _ => ReplyMedia.Unknown,
            };
            var wait = response.Headers.NonValidated.TryGetValues("Retry-After", out var values) ? Http1Head.WaitOf(values.ToString(), now) : null;
            Head = new ReplyHead((int)response.StatusCode, media, response.Content.Headers.ContentEncoding.Any(name => name != "identity"), wait);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            try
            {
                return await _body.ReadAsync(buffer, cancellationToken);
            }
            catch (HttpRequestException exception)
            {
                throw new IOException("The connection broke.", exception);
            }
        }

        public override ValueTask DisposeAsync()
        {
            _response.Dispose();
            return _body.DisposeAsync();
        }
    }
}
