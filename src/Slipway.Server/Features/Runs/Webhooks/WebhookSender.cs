using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Server.Features.Runs.Webhooks;

/// <summary>Delivers to one target. Every attempt is a connection of its own, to an address that was looked at for it.</summary>
internal sealed class WebhookSender : IDisposable
{
    private readonly HttpClient _http;
    private readonly byte[] _secret;
    private readonly Uri _url;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _clock;

    public WebhookSender(WebhookTarget target, TimeSpan timeout, TimeProvider clock)
    {
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.Zero,
            MaxResponseHeadersLength = 16,
            MaxResponseDrainSize = 0,
            ActivityHeadersPropagator = null,
            ConnectCallback = new WebhookConnector(target.AllowPrivate).ConnectAsync,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _url = new Uri(target.Url);
        _secret = Encoding.UTF8.GetBytes(target.Secret);
        (_timeout, _clock) = (timeout, clock);
    }

    /// <summary>Null when it was taken (a status of 2xx), else why not, without the address.</summary>
    public async Task<string?> SendAsync(WebhookRow row, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = Make(row);
            // The answer's body is nobody's business: it is never read, however long it is.
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return response.IsSuccessStatusCode ? null : $"it answered {(int)response.StatusCode}";
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"it did not answer within {_timeout.TotalSeconds:0.###} s");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or WebhookException)
        {
            return Describe(exception);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>What the receiver computes for itself: <c>sha256=</c> and the HMAC of <c>timestamp.body</c> in hexadecimal.</summary>
    internal static string Sign(ReadOnlySpan<byte> secret, string timestamp, string body) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{timestamp}.{body}")));

    private HttpRequestMessage Make(WebhookRow row)
    {
        var timestamp = _clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return new HttpRequestMessage(HttpMethod.Post, _url)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StringContent(row.Body, Encoding.UTF8, "application/json"),
            Headers =
            {
                { "User-Agent", "Slipway/" + ServerVersion.Text },
                { "X-Slipway-Event", row.Event },
                { "X-Slipway-Delivery", row.Id },
                { "X-Slipway-Timestamp", timestamp },
                { "X-Slipway-Signature", Sign(_secret, timestamp, row.Body) },
            },
        };
    }

    // The framework's messages hold the address.
    private static string Describe(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case WebhookException refusal:
                    return refusal.Message;
                case SocketException socket:
                    return $"no connection ({socket.SocketErrorCode})";
                case AuthenticationException:
                    return "its certificate is not trusted, or TLS failed otherwise";
                default:
                    break;
            }
        }
        return exception is HttpRequestException http ? $"no answer ({http.HttpRequestError})" : "the connection broke off";
    }
}
