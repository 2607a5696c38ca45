using System.Collections.Concurrent;
using Slipway.Server.Features.Gateway.Usage;
using Slipway.Server.Platform.Auth;

namespace Slipway.Server.Features.Gateway.Limits;

/// <summary>
/// Admits calls within the limits of their keys: exactly across gateways while Redis answers, in this process otherwise.
/// Budgets are counted from the books, which this process keeps in memory.
/// </summary>
internal sealed class Limiter(
    UsageLedger ledger, PriceTable prices, SharedLimits? shared, IOptions<LimitOptions> options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, KeyMeter> _meters = new(StringComparer.Ordinal);
    private readonly double _shareAlone = shared is null ? 1 : 1.0 / options.Value.AssumedGateways;

    /// <param name="key">Null for a call without one: there are no limits, but the call is counted.</param>
    /// <param name="model">The public name, under which the call is priced and counted.</param>
    /// <param name="estimatedTokens">What prompt and answer are thought to take; kept until the call is settled.</param>
    /// <param name="cancellationToken">The client is gone.</param>
    /// <exception cref="LimitException">429: a limit or the budget is used up.</exception>
    public ValueTask<Admission> EnterAsync(ApiKey? key, string model, int estimatedTokens, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var price = prices[model];
        estimatedTokens = Math.Max(0, estimatedTokens);
        if (key is null)
        {
            return new ValueTask<Admission>(new Admission(this, null, null, null, model, price, 0, 0, 0, default));
        }
        var meter = _meters.GetOrAdd(key.Id, static (id, ledger) => new KeyMeter(ledger.SpendOf(id)), ledger);
        return shared is { IsUp: true } && (key.Rpm ?? key.Tpm ?? key.Concurrency) is not null
            ? EnterSharedAsync(meter, shared, key, model, price, estimatedTokens)
            : new ValueTask<Admission>(EnterAlone(meter, key, model, price, estimatedTokens));
    }

    internal void Record(in UsageEntry entry) => ledger.Record(entry);

    internal void Leave(KeyMeter meter, ApiKey key, long cost, long more) => meter.Leave(cost, key, _shareAlone, more, Now);

    private long Now => clock.GetElapsedTime(0).Ticks;

    private Admission EnterAlone(KeyMeter meter, ApiKey key, string model, Price price, int tokens)
    {
        var cost = price.AtMost(tokens);
        var (verdict, headers, wait) = meter.TryEnter(key, _shareAlone, rates: true, tokens, cost, Now);
        return verdict == Verdict.Admitted
            ? new Admission(this, meter, null, key, model, price, tokens, cost, 0, headers)
            : throw LimitException.Of(verdict, key, headers, wait);
    }

    private async ValueTask<Admission> EnterSharedAsync(
        KeyMeter meter, SharedLimits limits, ApiKey key, string model, Price price, int tokens)
    {
        var cost = price.AtMost(tokens);
        var (verdict, headers, wait) = meter.TryEnter(key, 1, rates: false, tokens, cost, now: 0);
        if (verdict != Verdict.Admitted)
        {
            throw LimitException.Of(verdict, key, headers, wait);
        }
        SharedVerdict? answer = null;
        try
        {
            answer = await limits.TryEnterAsync(key, tokens);
        }
        finally
        {
            if (answer is not { Verdict: Verdict.Admitted })
            {
                meter.Leave(cost);
            }
        }
        return answer switch
        {
            // It went away this very moment.
            null => EnterAlone(meter, key, model, price, tokens),
            { Verdict: Verdict.Admitted } => new Admission(this, meter, limits, key, model, price, tokens, cost, answer.Lease, answer.Headers),
            _ => throw LimitException.Of(answer.Verdict, key, answer.Headers, answer.Wait),
        };
    }
}
