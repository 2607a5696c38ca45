using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Slipway.Server.Features.Gateway.Surface;

namespace Slipway.Server.Features.Gateway.Metrics;

/// <summary>
/// Counts calls, by the names of OpenTelemetry's conventions for generative AI. Counted twice: into figures of our own,
/// which cost a few additions and are what GET /metrics tells, and into instruments, which cost only when somebody listens.
/// </summary>
internal sealed class GatewayMetrics : IDisposable
{
    public const string MeterName = "Slipway.Gateway";

    /// <summary>What calls of unknown models are counted under: what clients write must not become a label.</summary>
    private const string UnknownModel = "unknown";

    private readonly ConcurrentDictionary<MeterKey, ModelMeter> _models = [];
    private readonly ConcurrentDictionary<string, RouteMeter> _routes = new(StringComparer.Ordinal);
    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<double> _perToken;
    private readonly Histogram<long> _tokens;

    public GatewayMetrics()
    {
        _duration = _meter.CreateHistogram<double>(MetricNames.Duration, "s", MetricNames.DurationHelp);
        _firstToken = _meter.CreateHistogram<double>(MetricNames.FirstToken, "s", MetricNames.FirstTokenHelp);
        _perToken = _meter.CreateHistogram<double>(MetricNames.PerToken, "s", MetricNames.PerTokenHelp);
        _tokens = _meter.CreateHistogram<long>(MetricNames.Tokens, "{token}", MetricNames.TokensHelp);
    }

    public IEnumerable<ModelMeter> Models => _models.Values;

    public IEnumerable<RouteMeter> Routes => _routes.Values;

    public void Retried(string route) => OfRoute(route).Retries.Add();

    public void FellBack(string route) => OfRoute(route).Fallbacks.Add();

    public void Record(CallRecord call)
    {
        var key = new MeterKey(call.Route?.Name ?? UnknownModel, call.Operation, call.Provider);
        if (!_models.TryGetValue(key, out var meter))
        {
            meter = _models.GetOrAdd(key, new ModelMeter(key));
        }

        var took = call.Watch.Elapsed;
        var usage = call.Usage ?? default;
        var perToken = usage.Completion > 1 && call.FirstByte > TimeSpan.Zero
            ? (took - call.FirstByte) / (usage.Completion - 1)
            : TimeSpan.Zero;
        meter.Record(call, took, perToken, usage);
        if (_duration.Enabled)
        {
            Tell(key, call, took, perToken, usage);
        }
    }

    public void Dispose() => _meter.Dispose();

    private RouteMeter OfRoute(string route) => _routes.GetOrAdd(route, static name => new RouteMeter(name));

    private void Tell(MeterKey key, CallRecord call, TimeSpan took, TimeSpan perToken, TokenUsage usage)
    {
        var tags = new TagList
        {
            { "gen_ai.operation.name", key.OperationName },
            { "gen_ai.provider.name", key.Provider },
            { "gen_ai.request.model", key.Model },
        };
        if (usage.Total > 0)
        {
            tags.Add("gen_ai.token.type", "input");
            _tokens.Record(usage.Prompt, tags);
            tags.RemoveAt(tags.Count - 1);
            tags.Add("gen_ai.token.type", "output");
            _tokens.Record(usage.Completion, tags);
            tags.RemoveAt(tags.Count - 1);
        }

        if (call.FirstByte > TimeSpan.Zero)
        {
            _firstToken.Record(call.FirstByte.TotalSeconds, tags);
        }

        if (perToken > TimeSpan.Zero)
        {
            _perToken.Record(perToken.TotalSeconds, tags);
        }

        if (call.Status >= StatusCodes.Status400BadRequest)
        {
            tags.Add("error.type", call.Status.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        _duration.Record(took.TotalSeconds, tags);
    }
}
