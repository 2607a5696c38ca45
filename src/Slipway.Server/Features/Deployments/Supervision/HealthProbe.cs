using System.Net;
using System.Text.Json;
using Slipway.Server.Features.Deployments.Engines;

namespace Slipway.Server.Features.Deployments.Supervision;

/// <summary>What a server said when it was asked.</summary>
/// <param name="IsWell">Whether it answered as one in good health.</param>
/// <param name="Figures">What it told of its work; null when it told nothing.</param>
/// <param name="Words">Why it is not well.</param>
/// <param name="IsSilent">Whether it answered nothing at all.</param>
internal sealed record HealthAnswer(bool IsWell, EngineFigures? Figures, string? Words, bool IsSilent = false);

/// <summary>Asks model servers how they are.</summary>
internal sealed class HealthProbe(IOptions<DeploymentOptions> options) : IDisposable
{
    private const int LongestAnswer = 4 << 20;

    // Straight to this machine, whatever the environment says of proxies; a health path that leads elsewhere is not followed.
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
    {
        MaxResponseContentBufferSize = LongestAnswer,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Health, and beside it the figures: whoever is too busy for the one may still have the other.</summary>
    public async Task<HealthAnswer> AskAsync(IServingEngine engine, int port, string healthPath, CancellationToken cancellationToken)
    {
        var health = GetAsync(port, healthPath, cancellationToken);
        var metrics = GetAsync(port, engine.MetricsPath, cancellationToken);
        var (said, told) = (await health, await metrics);
        var figures = told.Status is HttpStatusCode.OK ? engine.ReadFigures(told.Text) : null;
        return said.Status is HttpStatusCode.OK or HttpStatusCode.NoContent
            ? new HealthAnswer(true, figures, null)
            : new HealthAnswer(false, figures, said.Words ?? $"{healthPath} answers {(int)said.Status}", said.Status == default && told.Status == default);
    }

    /// <summary>Whether what listens there serves a model of this name: the port may be somebody else's by now.</summary>
    public async Task<bool> ServesAsync(int port, string name, CancellationToken cancellationToken)
    {
        var (status, text, _) = await GetAsync(port, "/v1/models", cancellationToken);
        if (status != HttpStatusCode.OK)
        {
            return false;
        }
        try
        {
            using var list = JsonDocument.Parse(text);
            return list.RootElement.GetProperty("data").EnumerateArray().Any(model => model.GetProperty("id").GetString() == name);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return false;
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<(HttpStatusCode Status, string Text, string? Words)> GetAsync(int port, string path, CancellationToken cancellationToken)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        time.CancelAfter(options.Value.HealthTimeout);
        try
        {
            using var answer = await _client.GetAsync(new Uri(options.Value.UrlOf(port) + path), time.Token);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync(time.Token), null);
        }
        catch (HttpRequestException exception)
        {
            return (default, "", $"{path} cannot be reached: {exception.Message}");
        }
        catch (InvalidOperationException)
        {
            return (default, "", $"{path} answers in an encoding that nobody knows");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (default, "", $"{path} has not answered within {options.Value.HealthTimeout.TotalSeconds:0.#} s");
        }
    }
}
