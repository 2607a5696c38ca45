using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>
/// Calls the cluster's API: bounded in time and size, with credentials that are read anew each minute and when they are refused.
/// </summary>
internal sealed class KubeApi(IOptions<KubernetesOptions> options, IConfiguration configuration, TimeProvider clock) : IDisposable
{
    private const int LargestAnswer = 8 << 20;
    private static readonly TimeSpan AccessAge = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private (KubeAccess Access, long ReadAt, string Hash, HttpClient Http)? _current;
    private DateTimeOffset _quietUntil;

    /// <summary>The namespace where nothing else is said.</summary>
    /// <exception cref="KubeException">There are no credentials.</exception>
    public string DefaultNamespace => options.Value.Namespace ?? Connect(isRefused: false).Access.Namespace ?? "default";

    /// <exception cref="KubeException">There is no such thing (404), it was refused, or there was no answer.</exception>
    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        await CallAsync(HttpMethod.Get, path, null, type, cancellationToken);

    /// <inheritdoc cref="GetAsync"/>
    public async Task<T> PostAsync<T>(string path, JsonObject body, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        await CallAsync(HttpMethod.Post, path, body, type, cancellationToken);

    /// <summary>Returns false when there is no such thing.</summary>
    public async Task<bool> DeleteAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(HttpMethod.Delete, path, null, KubeJson.Default.KubeStatus, cancellationToken);
            return true;
        }
        catch (KubeException exception) when (exception.Status is HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    /// <summary>Sends a call and gives the beginning of its answer, which is a success. The caller disposes it.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellationToken)
    {
        ThrowIfQuiet();
        for (var isRefused = false; ; isRefused = true)
        {
            var (access, _, _, http) = Connect(isRefused);
            var response = await SendOnceAsync(access, http, method, path, body, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }
            using (response)
            {
                // A token that was taken back before we have read its successor.
                if (response.StatusCode is not HttpStatusCode.Unauthorized || isRefused)
                {
                    throw await RefusalAsync(method, path, response, cancellationToken);
                }
            }
        }
    }

    public void Dispose() => _current?.Http.Dispose();

    private async Task<T> CallAsync<T>(
        HttpMethod method, string path, JsonObject? body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.Value.CallTimeout);
        try
        {
            using var response = await SendAsync(method, path, body, patience.Token);
            var bytes = await ReadAsync(response, patience.Token);
            return JsonSerializer.Deserialize(bytes.AsSpan(), type) ?? throw new KubeException($"The cluster's answer to {path} is empty.");
        }
        catch (JsonException exception)
        {
            throw new KubeException($"The cluster's answer to {path} is not what Kubernetes says: {exception.Message}", inner: exception);
        }
        catch (HttpRequestException exception)
        {
            throw new KubeException($"The cluster's answer to {path} broke off: {exception.Message}", inner: exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new KubeException($"The cluster did not answer {path} within {options.Value.CallTimeout}.", inner: exception);
        }
    }

    private static async Task<HttpResponseMessage> SendOnceAsync(
        KubeAccess access, HttpClient http, HttpMethod method, string path, JsonObject? body, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(method, path);
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (access.Token is { } token)
        {
            message.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }
        if (body is not null)
        {
            message.Content = new StringContent(body.ToJsonString(), null, "application/json");
        }
        try
        {
            return await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            var isUnsent = exception.HttpRequestError
                is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;
            var why = exception.InnerException?.Message ?? exception.Message;
            throw new KubeException($"The Kubernetes API at {access.Server} does not answer: {why}", inner: exception)
            {
                IsUnsent = isUnsent,
            };
        }
    }

    private async Task<KubeException> RefusalAsync(
        HttpMethod method, string path, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = new KubeStatus();
        try
        {
            var answer = await ReadAsync(response, cancellationToken);
            status = JsonSerializer.Deserialize(answer.AsSpan(), KubeJson.Default.KubeStatus) ?? status;
        }
        catch (Exception exception) when (exception is JsonException or IOException or HttpRequestException)
        {
            // A proxy in between answers in its own words; the code is enough.
        }
        if (response.Headers.RetryAfter is { } retryAfter)
        {
            var pause = retryAfter.Delta ?? retryAfter.Date - clock.GetUtcNow() ?? TimeSpan.Zero;
            _quietUntil = clock.GetUtcNow() + (pause < LongestRetryAfter ? pause : LongestRetryAfter);
        }
        var code = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        return new KubeException(
            $"The cluster refused {method} {path.Split('?')[0]} ({code} {status.Reason}): {status.Message}",
            response.StatusCode, status.Reason)
        {
            IsUnsent = response.StatusCode is HttpStatusCode.TooManyRequests,
        };
    }

    private void ThrowIfQuiet()
    {
        if (_quietUntil > clock.GetUtcNow())
        {
            throw new KubeException($"The cluster has asked for quiet until {_quietUntil:O}.", HttpStatusCode.TooManyRequests)
            {
                IsUnsent = true,
            };
        }
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var memory = new MemoryStream();
        var buffer = new byte[16 << 10];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            memory.Write(buffer, 0, read);
            if (memory.Length > LargestAnswer)
            {
                throw new KubeException($"The cluster's answer is larger than {LargestAnswer} bytes.");
            }
        }
        return memory.ToArray();
    }

    private (KubeAccess Access, long ReadAt, string Hash, HttpClient Http) Connect(bool isRefused)
    {
        lock (_lock)
        {
            if (_current is { } current && !isRefused && clock.GetElapsedTime(current.ReadAt) < AccessAge)
            {
                return current;
            }
            var access = KubeAccess.Load(options.Value, configuration);
            var hash = access.ConnectionHash;
            // The client before may have calls under way; it goes when they are done.
            var http = _current is { } before && before.Hash == hash ? before.Http : KubeConnection.Open(access);
            _current = (access, clock.GetTimestamp(), hash, http);
            return _current.Value;
        }
    }
}
