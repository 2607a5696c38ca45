using System.Collections.Concurrent;
using Slipway.Server.Features.Gateway.Surface;
using Slipway.Server.Platform.Telemetry;

namespace Slipway.Server.Features.Gateway.Metrics;

/// <summary>What calls are told apart by. All three are ours: a client cannot make new ones.</summary>
internal readonly record struct MeterKey(string Model, GatewayOperation Operation, string Provider)
{
    public string OperationName => Operation switch
    {
        GatewayOperation.ChatCompletion => "chat",
        GatewayOperation.Completion => "text_completion",
        _ => "embeddings",
    };
}

/// <summary>The figures of one model, operation and kind of upstream.</summary>
internal sealed class ModelMeter(MeterKey key)
{
    private readonly ConcurrentDictionary<int, Figure> _statuses = [];

    public MeterKey Key => key;

    public Distribution Duration { get; } = new(MetricNames.Seconds);

    public Distribution FirstToken { get; } = new(MetricNames.Seconds);

    public Distribution PerToken { get; } = new(MetricNames.SmallSeconds);

    public Distribution Overhead { get; } = new(MetricNames.SmallSeconds);

    public Distribution PromptTokens { get; } = new(MetricNames.TokenCounts);

    public Distribution CompletionTokens { get; } = new(MetricNames.TokenCounts);

    /// <summary>Calls by the status that they came to.</summary>
    public IEnumerable<KeyValuePair<int, Figure>> Statuses => _statuses;

    public void Record(CallRecord call, TimeSpan took, TimeSpan perToken, TokenUsage usage)
    {
        if (!_statuses.TryGetValue(call.Status, out var status))
        {
            status = _statuses.GetOrAdd(call.Status, static _ => new Figure());
        }

        status.Add();
        Duration.Add(took.TotalSeconds);
        if (call.FirstByte > TimeSpan.Zero)
        {
            FirstToken.Add(call.FirstByte.TotalSeconds);
            Overhead.Add(call.Overhead.TotalSeconds);
        }

        if (perToken > TimeSpan.Zero)
        {
            PerToken.Add(perToken.TotalSeconds);
        }

        if (usage.Total > 0)
        {
            PromptTokens.Add(usage.Prompt);
            CompletionTokens.Add(usage.Completion);
        }
    }
}

/// <summary>What happens on the way to an answer of one route.</summary>
internal sealed class RouteMeter(string name)
{
    public string Name => name;

    public Figure Retries { get; } = new();

    public Figure Fallbacks { get; } = new();
}
