using System.Net.Http.Headers;

namespace Slipway.Server.Aws;

/// <summary>Signs and sends calls over one pool of connections.</summary>
internal sealed class AwsHttp : IDisposable
{
    private readonly AwsCredentials _credentials;
    private readonly AwsEndpoints _endpoints;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;

    public AwsHttp(AwsCredentials credentials, AwsEndpoints endpoints, TimeProvider clock, IOptions<AwsOptions> options)
    {
        _credentials = credentials;
        _endpoints = endpoints;
        _clock = clock;
        // An AWS service never redirects; following one would carry the request to whoever asked for it.
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = options.Value.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(50),
            MaxResponseHeadersLength = 32,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Sends a call and waits for the beginning of its answer, which is a success. The caller disposes it.</summary>
    /// <exception cref="AwsException">It was refused or did not arrive.</exception>
    public async Task<HttpResponseMessage> SendAsync(AwsRequest request, CancellationToken cancellationToken)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            var key = await _credentials.GetAsync(cancellationToken);
            var response = await SendOnceAsync(request, key, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }
            using (response)
            {
                var error = await AwsErrorReader.ReadAsync(request.Service, response, cancellationToken);
                if (!isFirst || !IsStaleKey(error))
                {
                    throw error;
                }
                _credentials.Forget(key);
            }
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>A role's key may be taken back before its time. AWS refuses such a call unread, so that it may be sent again.</summary>
    private static bool IsStaleKey(AwsException error) =>
        error.Code is "ExpiredToken" or "ExpiredTokenException" or "UnrecognizedClientException" or "InvalidClientTokenId";

    private async Task<HttpResponseMessage> SendOnceAsync(
        AwsRequest request, Amazon.Runtime.ImmutableCredentials key, CancellationToken cancellationToken)
    {
        var endpoint = _endpoints.Find(request.Service, request.Region);
        using var message = new HttpRequestMessage(HttpMethod.Post, endpoint.Url.AbsoluteUri.TrimEnd('/') + request.Path);
        message.Content = new ReadOnlyMemoryContent(request.Body);
        message.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(request.ContentType);
        foreach (var (name, value) in request.Headers)
        {
            message.Headers.Add(name, value);
        }
        AwsSigner.Sign(message, request.Body.Span, endpoint, key, _clock.GetUtcNow());
        try
        {
            return await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw new AwsException(
                request.Service.Name, AwsErrorCodes.Unreachable, $"The call failed ({exception.HttpRequestError}).", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AwsException(request.Service.Name, AwsErrorCodes.ConnectTimeout, "No connection was made in time.", exception);
        }
    }
}
