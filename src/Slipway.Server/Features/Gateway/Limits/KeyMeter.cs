using Slipway.Server.Features.Gateway.Usage;
using Slipway.Server.Platform.Auth;

namespace Slipway.Server.Features.Gateway.Limits;

/// <summary>What one key uses, in this process.</summary>
/// <remarks>The lock is held for arithmetic only. Limits come with every call, so that a changed key needs no new meter.</remarks>
internal sealed class KeyMeter(Spend spend)
{
    private readonly Lock _gate = new();
    private TokenBucket _requests;
    private TokenBucket _tokens;
    private int _running;
    private long _reserved;

    /// <summary>Admits a call against every limit at once: one that is refused takes nothing from any of them.</summary>
    /// <param name="key">Whose limits.</param>
    /// <param name="share">Which part of the minute's limits this process may give out, above 0, at most 1.</param>
    /// <param name="rates">False where requests and tokens are counted elsewhere.</param>
    /// <param name="tokens">What the call is thought to take.</param>
    /// <param name="cost">What that may cost.</param>
    /// <param name="now">Ticks.</param>
    public (Verdict Verdict, RateHeaders Headers, TimeSpan Wait) TryEnter(
        ApiKey key, double share, bool rates, int tokens, long cost, long now)
    {
        lock (_gate)
        {
            if (rates)
            {
                _requests.Advance(now, key.Rpm * share ?? 0);
                _tokens.Advance(now, key.Tpm * share ?? 0);
            }
            var (verdict, wait) = key.Budget <= spend.Total + _reserved ? (Verdict.Budget, default)
                : rates && key.Concurrency is { } most && _running >= Math.Max(1, (long)(most * share))
                ? (Verdict.Concurrency, TimeSpan.FromSeconds(1))
                : rates ? TryRates_NeedsLock(key, share, tokens)
                : (Verdict.Admitted, default);
            if (verdict == Verdict.Admitted)
            {
                _running++;
                _reserved += cost;
            }
            return (verdict, rates ? Headers_NeedsLock(key, share) : default, wait);
        }
    }

    /// <summary>Ends a call that was admitted.</summary>
    /// <param name="cost">As it was given to <see cref="TryEnter"/>.</param>
    public void Leave(long cost)
    {
        lock (_gate)
        {
            _running--;
            _reserved -= cost;
        }
    }

    /// <summary>Ends a call whose tokens were counted here.</summary>
    /// <param name="cost">As it was given to <see cref="TryEnter"/>.</param>
    /// <param name="key">Whose limits.</param>
    /// <param name="share">As it was given to <see cref="TryEnter"/>.</param>
    /// <param name="more">Tokens to take on top of what was taken then; negative to give back.</param>
    /// <param name="now">Ticks.</param>
    public void Leave(long cost, ApiKey key, double share, double more, long now)
    {
        lock (_gate)
        {
            _running--;
            _reserved -= cost;
            if (key.Tpm is { } tpm)
            {
                // First the time: what flowed in until now was owed to an emptier bucket.
                _tokens.Advance(now, tpm * share);
                _tokens.Take(more);
            }
        }
    }

    private (Verdict Verdict, TimeSpan Wait) TryRates_NeedsLock(ApiKey key, double share, int tokens)
    {
        var (rpm, tpm) = (key.Rpm * share, key.Tpm * share);
        if (rpm is { } requestsPerMinute)
        {
            // A share below one request still lets one through when it is full.
            var one = Math.Min(1, requestsPerMinute);
            if (_requests.Level(requestsPerMinute) < one - 1e-9)
            {
                return (Verdict.Requests, _requests.TimeUntil(one, requestsPerMinute));
            }
        }
        if (tpm is { } tokensPerMinute)
        {
            // A call that is thought to take more than a minute's tokens waits until all are there, and is settled later.
            var wanted = Math.Min(tokens, tokensPerMinute);
            if (_tokens.Level(tokensPerMinute) < wanted - 1e-9)
            {
                return (Verdict.Tokens, _tokens.TimeUntil(wanted, tokensPerMinute));
            }
            _tokens.Take(tokens);
        }
        if (rpm is not null)
        {
            _requests.Take(1);
        }
        return (Verdict.Admitted, default);
    }

    private RateHeaders Headers_NeedsLock(ApiKey key, double share) => new(
        key.Rpm is { } rpm ? Rate.Of(_requests.Level(rpm * share), rpm, rpm * share) : null,
        key.Tpm is { } tpm ? Rate.Of(_tokens.Level(tpm * share), tpm, tpm * share) : null);
}
