using System.ComponentModel.DataAnnotations;

namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>The section <c>Gateway</c>: what the gateway accepts, and which public names lead where. Applies as soon as it changes.</summary>
internal sealed class GatewayOptions
{
    /// <summary>Largest request body in bytes; larger ones are refused with 413.</summary>
    [Range(1024, 1 << 30)]
    public int MaxBodyBytes { get; init; } = 32 << 20;

    /// <summary>Largest answer of an upstream in bytes, and so the most that one request may hold of it.</summary>
    [Range(1024, 1 << 30)]
    public int MaxAnswerBytes { get; init; } = 64 << 20;

    /// <summary>Largest event of an upstream's stream in bytes.</summary>
    [Range(1024, 1 << 28)]
    public int MaxEventBytes { get; init; } = 4 << 20;

    /// <summary>After this much silence a stream gets a comment, so that nothing on the way takes it for dead.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>SageMaker endpoints that may be called by giving their exact name as the model. No other endpoint of the account may.</summary>
    public List<string> AllowedEndpoints { get; init; } = [];

    /// <summary>Public model names and what stands behind them.</summary>
    public Dictionary<string, RouteOptions> Routes { get; init; } = [];
}

/// <summary>How one of several upstreams is chosen.</summary>
internal enum RouteStrategy
{
    /// <summary>By weight alone.</summary>
    Weighted,

    /// <summary>The one with the fewest calls in flight for its weight.</summary>
    LeastBusy,

    /// <summary>The same conversation goes to the same replica, whose cache knows it, as long as that one is not overloaded.</summary>
    PrefixAffinity,
}

/// <summary>What stands behind one public model name.</summary>
internal sealed record RouteOptions
{
    /// <summary>The public name, where it cannot be a configuration key (colons); null takes the key.</summary>
    public string? Name { get; init; }

    /// <summary>Further public names for the same.</summary>
    public List<string> Aliases { get; init; } = [];

    public List<UpstreamOptions> Upstreams { get; init; } = [];

    public RouteStrategy Strategy { get; init; } = RouteStrategy.LeastBusy;

    public TimeoutOptions Timeouts { get; init; } = new();

    /// <summary>Further tries after the first, before the first byte of the answer only.</summary>
    [Range(0, 20)]
    public int Retries { get; init; } = 2;

    /// <summary>The longest pause between two tries; an upstream that asks for more is not waited for.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Names of routes to try, in this order, when no upstream of this one answers.</summary>
    public List<string> Fallbacks { get; init; } = [];

    public BreakerOptions Breaker { get; init; } = new();
}

/// <summary>How long a call may take; zero means no limit.</summary>
internal sealed record TimeoutOptions
{
    /// <summary>To open a connection.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Until a stream's first chunk; a prompt of a million tokens takes its time.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan FirstToken { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Between two chunks of a stream.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan BetweenTokens { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The whole call with all its tries.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Whole { get; init; } = TimeSpan.FromMinutes(30);
}

/// <summary>When an upstream is left alone for a while.</summary>
internal sealed record BreakerOptions
{
    /// <summary>Failures one after another that open it.</summary>
    [Range(1, 10_000)]
    public int Failures { get; init; } = 5;

    /// <summary>The share of failures within <see cref="Window"/> that opens it, given <see cref="MinimumCalls"/>.</summary>
    [Range(0.01, 1)]
    public double FailureShare { get; init; } = 0.5;

    [Range(2, 100_000)]
    public int MinimumCalls { get; init; } = 20;

    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long it stays open; doubles with every probe that fails, up to <see cref="LongestCooldown"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan Cooldown { get; init; } = TimeSpan.FromSeconds(5);

    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan LongestCooldown { get; init; } = TimeSpan.FromMinutes(1);
}
