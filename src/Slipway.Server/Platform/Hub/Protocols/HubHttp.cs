using System.Net;
using System.Net.Http.Headers;

namespace Slipway.Server.Platform.Hub.Protocols;

/// <summary>
/// Asks a hub, and follows it to where its files are. Redirects are ours to follow: the token stays at the hub's own
/// origin, nothing leads from https to http, and there are five at most.
/// </summary>
internal sealed class HubHttp : IDisposable
{
    private const int MostRedirects = 5;
    private const int LongestDocument = 16 << 20;
    private const int LongestReason = 300;

    // A list that comes a byte at a time never stalls, and never ends.
    private const int DocumentStalls = 10;

    private readonly HubEndpoint _endpoint;
    private readonly HubOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;

    public HubHttp(HubEndpoint endpoint, HubOptions options, TimeProvider clock)
    {
        (_endpoint, _options, _clock) = (endpoint, options, clock);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.StallTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 64,
            MaxResponseDrainSize = 0,
            ActivityHeadersPropagator = null,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("slipway/" + ServerVersion.Text);
    }

    public HubEndpoint Endpoint => _endpoint;

    public void Dispose() => _http.Dispose();

    /// <summary>Asks for a file or a range of it; the beginning of a success comes back, the caller disposes it.</summary>
    /// <exception cref="HubException">It was refused, or did not arrive.</exception>
    public async Task<HubAnswer> GetAsync(HubRequest request, CancellationToken cancellationToken)
    {
        var (url, facts) = (request.Url, LinkedFacts.None);
        for (var redirects = 0; ; redirects++)
        {
            var response = await SendOnceAsync(url, request.Range, cancellationToken);
            if (_endpoint.IsOrigin(url))
            {
                facts = facts.With(response);
            }
            if (response.IsSuccessStatusCode)
            {
                return new HubAnswer(response, facts);
            }
            using (response)
            {
                if (response.StatusCode is not (HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.SeeOther
                    or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
                {
                    throw HubRefusal.Of(_endpoint, request, url, response, _clock);
                }
                url = redirects == MostRedirects
                    ? throw new HubException($"{_endpoint.Host} redirects more than {MostRedirects} times for '{RemotePath.Shown(request.What)}'; nothing was taken.")
                    : Next(url, response.Headers.Location);
            }
        }
    }

    /// <summary>A whole document of at most 16 MiB.</summary>
    /// <exception cref="HubException">It is longer, was refused, or did not arrive.</exception>
    public async Task<(byte[] Bytes, HttpResponseHeaders Headers)> GetDocumentAsync(HubRequest request, CancellationToken cancellationToken)
    {
        using var answer = await GetAsync(request, cancellationToken);
        using var whole = new MemoryStream();
        var began = _clock.GetTimestamp();
        var buffer = new byte[64 << 10];
        await using var body = await answer.Response.Content.ReadAsStreamAsync(cancellationToken);
        while (await ReadAsync(body, buffer, cancellationToken) is > 0 and var count)
        {
            if (whole.Length + count > LongestDocument)
            {
                throw new HubException($"{_endpoint.Host} sends a list of files longer than {LongestDocument >> 20} MiB; it is not read.");
            }
            if (_clock.GetElapsedTime(began) > _options.StallTimeout * DocumentStalls)
            {
                throw new HubException($"{_endpoint.Host} sends its list of files too slowly; it is not waited for. --endpoint names a mirror.");
            }
            whole.Write(buffer, 0, count);
        }
        return (whole.ToArray(), answer.Response.Headers);
    }

    /// <summary>Reads what is there, and gives the connection up when nothing comes for too long. 0 is the end.</summary>
    /// <exception cref="HubException">It broke.</exception>
    public async Task<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(_options.StallTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await body.ReadAsync(buffer, either.Token);
        }
        catch (Exception exception) when (IsBreak(exception, cancellationToken))
        {
            throw Broken(exception);
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(Uri url, ByteSpan? range, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(_options.StallTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        using var message = new HttpRequestMessage(HttpMethod.Get, url);
        message.Headers.AcceptEncoding.ParseAdd("identity"); // A range of something compressed is a range of something else.
        if (range is { } wanted)
        {
            message.Headers.Range = new RangeHeaderValue(wanted.From, wanted.To - 1);
        }
        if (_endpoint.Token is { } token && _endpoint.IsOrigin(url))
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            if (_endpoint.Kind == HubKind.ModelScope)
            {
                message.Headers.Add("Cookie", "m_session_id=" + token);
            }
        }
        try
        {
            return await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
        }
        catch (Exception exception) when (IsBreak(exception, cancellationToken))
        {
            throw Broken(exception);
        }
    }

    private static bool IsBreak(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private HubException Broken(Exception exception) => new(
        exception is OperationCanceledException
            ? $"Nothing came from {_endpoint.Host} for {_options.StallTimeout.TotalSeconds:0.#} s."
            : $"The connection to {_endpoint.Host} or to where it keeps its files broke: {RemotePath.ShownUpTo(LongestReason, exception.Message).TrimEnd('.')}.",
        exception)
    {
        Fault = HubFault.Transient,
    };

    /// <exception cref="HubException">It leads where we do not go.</exception>
    private Uri Next(Uri from, Uri? location)
    {
        var next = location is null ? null : location.IsAbsoluteUri ? location : new Uri(from, location);
        return next is not null && next.UserInfo.Length == 0
            && (next.Scheme == Uri.UriSchemeHttps || (next.Scheme == Uri.UriSchemeHttp && from.Scheme == Uri.UriSchemeHttp))
            ? next
            : throw new HubException(
                $"{_endpoint.Host} redirects to {(next is null ? "nowhere" : $"'{next.Scheme}:'")}, where no file is taken from; accepted is https, and http from http.");
    }
}
