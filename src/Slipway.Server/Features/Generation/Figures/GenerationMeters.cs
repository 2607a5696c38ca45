using Slipway.Client.Generation;
using Slipway.Server.Platform.Health;
using Slipway.Server.Platform.Json;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Generation.Figures;

/// <summary>Counts the calls of each endpoint since the server started.</summary>
internal sealed class GenerationMeters(ModelHost host, ServerStart start, TimeProvider clock)
{
    private readonly DateTimeOffset _since = Moment.Now(clock) - clock.GetElapsedTime(start.Timestamp);
    private readonly SortedDictionary<string, EndpointMeter> _endpoints = new(StringComparer.Ordinal)
    {
        ["generate"] = new(),
        ["thinking"] = new(),
        ["batch_generate"] = new(),
    };

    public CountedCall Enter(string endpoint) => new(_endpoints[endpoint], clock);

    public GenerationStats Report()
    {
        var uptime = clock.GetElapsedTime(start.Timestamp);
        var load = host.Current?.Engine.Load ?? default;
        var all = new Tally();
        var endpoints = new Dictionary<string, GenerationFigures>();
        foreach (var (name, meter) in _endpoints)
        {
            var tally = meter.Read();
            all.Add(tally);
            endpoints[name] = Figures(tally, uptime);
        }

        var figures = Figures(all, uptime);
        return new GenerationStats
        {
            TotalRequests = figures.TotalRequests,
            SuccessfulRequests = figures.SuccessfulRequests,
            FailedRequests = figures.FailedRequests,
            SuccessRate = figures.SuccessRate,
            AverageResponseTime = figures.AverageResponseTime,
            P50ResponseTime = figures.P50ResponseTime,
            P95ResponseTime = figures.P95ResponseTime,
            P99ResponseTime = figures.P99ResponseTime,
            TotalTokens = figures.TotalTokens,
            TokensPerSecond = figures.TokensPerSecond,
            ActiveRequests = load.Running,
            QueuedRequests = load.Waiting,
            UptimeSeconds = figures.UptimeSeconds,
            Since = _since,
            Endpoints = endpoints,
        };
    }

    private GenerationFigures Figures(Tally tally, TimeSpan uptime) => new()
    {
        TotalRequests = tally.Succeeded + tally.Failed,
        SuccessfulRequests = tally.Succeeded,
        FailedRequests = tally.Failed,
        SuccessRate = tally.Succeeded + tally.Failed == 0 ? 1 : (double)tally.Succeeded / (tally.Succeeded + tally.Failed),
        AverageResponseTime = tally.Succeeded == 0 ? 0 : tally.Seconds / tally.Succeeded,
        P50ResponseTime = tally.Times.Quantile(0.50),
        P95ResponseTime = tally.Times.Quantile(0.95),
        P99ResponseTime = tally.Times.Quantile(0.99),
        TotalTokens = tally.Tokens,
        TokensPerSecond = Rate.Of(tally.TokensMade, tally.Seconds),
        ActiveRequests = tally.Active,
        QueuedRequests = tally.Queued,
        UptimeSeconds = uptime.TotalSeconds,
        Since = _since,
    };
}
