using Slipway.Server.Features.Gateway.Usage;
using Slipway.Server.Platform.Auth;

namespace Slipway.Server.Features.Gateway.Limits;

/// <summary>A call that was let in. Settled at most once, when its usage is known; disposed when nothing runs for it any more.</summary>
/// <remarks>
/// A call that is disposed unsettled used nothing: the tokens kept for it are given back. One that the client left early
/// is settled with what was produced until then.
/// </remarks>
internal sealed class Admission : IDisposable
{
    private readonly Limiter _limiter;
    private readonly KeyMeter? _meter;
    private readonly SharedLimits? _shared;
    private readonly ApiKey? _key;
    private readonly Price _price;
    private readonly string _model;
    private readonly long _reservedCost;
    private readonly int _reservedTokens;
    private readonly long _lease;
    private TokenUsage? _usage;
    private int _isOver;

    internal Admission(
        Limiter limiter, KeyMeter? meter, SharedLimits? shared, ApiKey? key, string model, Price price, int reservedTokens,
        long reservedCost, long lease, RateHeaders headers)
    {
        (_limiter, _meter, _shared, _key, _model, _price) = (limiter, meter, shared, key, model, price);
        (_reservedTokens, _reservedCost, _lease) = (reservedTokens, reservedCost, lease);
        Headers = headers;
    }

    /// <summary>For the answer.</summary>
    public RateHeaders Headers { get; }

    /// <summary>What the call came to in US dollars; 0 until it is settled.</summary>
    public decimal CostUsd => _usage is { } usage ? _price.Of(usage) / KeyIssuer.Nano : 0;

    /// <summary>Counts the call: its tokens against the key's limits, its cost against the budget, both in the books.</summary>
    /// <remarks>Never waits. A second call, and one after disposal, changes nothing.</remarks>
    public void Settle(TokenUsage usage)
    {
        if (_usage is null && Volatile.Read(ref _isOver) == 0)
        {
            var counted = Plausible(usage);
            _usage = counted;
            _limiter.Record(new UsageEntry(_key?.Id ?? UsageEntry.WithoutKey, _model, counted, _price.Of(counted)));
        }
    }

    // An upstream says these numbers: one that is negative must not pay a budget back.
    private static TokenUsage Plausible(TokenUsage usage)
    {
        const int Most = int.MaxValue / 2;
        return new TokenUsage(
            Math.Clamp(usage.Prompt, 0, Most), Math.Clamp(usage.Completion, 0, Most),
            Math.Clamp(usage.Cached, 0, Most), Math.Clamp(usage.Reasoning, 0, Most));
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0 || _meter is null || _key is null)
        {
            return;
        }
        var more = (_usage?.Total ?? 0) - (long)_reservedTokens;
        if (_shared is null)
        {
            _limiter.Leave(_meter, _key, _reservedCost, more);
        }
        else
        {
            _meter.Leave(_reservedCost);
            _shared.Leave(_key, _lease, more);
        }
    }
}
