using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;
using Slipway.Client.Errors;
using Slipway.Client.Health;

namespace Slipway.Client;

/// <summary>Calls a Slipway server. Safe to share between threads; make one and keep it.</summary>
/// <remarks>
/// No call has a time limit of its own, since an answer may take minutes: pass a token.
/// Every refusal and failure of the server is a <see cref="SlipwayException"/>; a server that cannot be reached is a
/// <see cref="HttpRequestException"/>.
/// </remarks>
public sealed partial class SlipwayClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly bool _ownsHttp;

    /// <summary>Calls the server at <paramref name="url"/>.</summary>
    /// <param name="url">Such as <c>http://127.0.0.1:8000</c>; may carry a path under which the server stands.</param>
    /// <param name="apiKey">Sent as a bearer token, where the server asks for one.</param>
    /// <exception cref="UriFormatException">The address is not an absolute one.</exception>
    public SlipwayClient(string url, string? apiKey = null)
        : this(new HttpClient { BaseAddress = BaseOf(url), Timeout = Timeout.InfiniteTimeSpan })
    {
        _ownsHttp = true;
        if (apiKey is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        }
    }

    /// <summary>Calls through <paramref name="http"/>, whose base address is the server's; it stays the caller's to dispose.</summary>
    public SlipwayClient(HttpClient http)
    {
        ArgumentNullException.ThrowIfNull(http);
        _http = http;
    }

    /// <summary>How the server is. An unhealthy server answers too; only one that is not there throws.</summary>
    public Task<HealthReport> GetHealthAsync(CancellationToken cancellationToken = default) =>
        GetAsync("health", ClientJson.Wire.HealthReport, HttpStatusCode.ServiceUnavailable, cancellationToken);

    public void Dispose()
    {
        if (_ownsHttp)
        {
            _http.Dispose();
        }
    }

    // A base address without its closing slash would lose its last part when paths are joined to it.
    private static Uri BaseOf(string url) => new(url.EndsWith('/') ? url : url + "/", UriKind.Absolute);

    private async Task<T> GetAsync<T>(
        string path, JsonTypeInfo<T> type, HttpStatusCode? alsoAnswers, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != alsoAnswers)
        {
            await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        }

        return await ReadAsync(response, type, cancellationToken).ConfigureAwait(false);
    }

    private async Task<TAnswer> PostAsync<TRequest, TAnswer>(
        string path, TRequest? request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TAnswer> answerType,
        CancellationToken cancellationToken)
    {
        using var content = request is null ? null : JsonContent.Create(request, requestType);
        using var response = await _http.PostAsync(new Uri(path, UriKind.Relative), content, cancellationToken).ConfigureAwait(false);
        await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, answerType, cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> CallAsync<T>(
        HttpMethod method, string path, HttpContent? content, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        using var response = await _http.SendAsync(message, cancellationToken).ConfigureAwait(false);
        await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, type, cancellationToken).ConfigureAwait(false);
    }

    private async Task CallAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        using var response = await _http.SendAsync(message, cancellationToken).ConfigureAwait(false);
        await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A page of a list, and how many there are in all.</summary>
    private async Task<(IReadOnlyList<T> Page, long Total)> ListAsync<T>(
        string path, JsonTypeInfo<IReadOnlyList<T>> type, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken).ConfigureAwait(false);
        await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        var page = await ReadAsync(response, type, cancellationToken).ConfigureAwait(false);
        return (page, NumberOf(response, "X-Total-Count") ?? page.Count);
    }

    private static long? NumberOf(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values)
        && long.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <summary>One part of a path. A name of dots alone would be taken for a way up.</summary>
    private static string Segment(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return name.All(letter => letter == '.')
            ? throw new ArgumentException($"'{name}' names nothing; accepted are names and ids.", nameof(name))
            : Uri.EscapeDataString(name);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellationToken).ConfigureAwait(false)
                ?? throw ApiErrors.NotOurs(response, null);
        }
        catch (Exception exception) when (exception is System.Text.Json.JsonException or NotSupportedException)
        {
            throw ApiErrors.NotOurs(response, exception);
        }
    }
}
