using System.Collections.Concurrent;
using System.Globalization;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Redis;

namespace Slipway.Server.Features.Gateway.Limits;

/// <summary>What Redis said to a call; the lease names it among those in progress, 0 where they are not counted.</summary>
internal sealed record SharedVerdict(Verdict Verdict, RateHeaders Headers, TimeSpan Wait, long Lease);

/// <summary>
/// The same token buckets as <see cref="KeyMeter"/>, kept in Redis for all gateways together. One script decides about all
/// limits of a call at once, by Redis's own clock. Calls in progress are leases: those of a gateway that died run out.
/// </summary>
internal sealed class SharedLimits(RedisLink redis, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    private static readonly string LeaseMicroseconds = Lease.TotalMicroseconds.ToString("0", CultureInfo.InvariantCulture);

    private readonly string _gateway = Guid.NewGuid().ToString("N");
    private readonly ConcurrentDictionary<long, string> _leases = new();
    private long _lastLease;

    public bool IsUp => redis.IsUp;

    /// <summary>Null when Redis does not answer: then nobody has decided.</summary>
    public async ValueTask<SharedVerdict?> TryEnterAsync(ApiKey key, int tokens)
    {
        var lease = key.Concurrency is null ? 0 : Interlocked.Increment(ref _lastLease);
        var reply = await redis.RunAsync(
            LimitScripts.Enter,
            [BucketKey(key), RunningKey(key)],
            [Text(key.Rpm ?? 0), Text(key.Tpm ?? 0), Text(key.Concurrency ?? 0), Text(tokens), Member(lease), LeaseMicroseconds]);
        if (reply is not { Items: [{ Integer: var code }, { Integer: var requests }, { Integer: var left }, { Integer: var wait }] }
            || code is < 0 or > (long)Verdict.Concurrency)
        {
            return null;
        }
        var verdict = (Verdict)code;
        if (lease != 0 && verdict == Verdict.Admitted)
        {
            _leases[lease] = RunningKey(key);
        }
        var headers = new RateHeaders(
            key.Rpm is { } rpm ? Rate.Of(requests / 1000.0, rpm, rpm) : null,
            key.Tpm is { } tpm ? Rate.Of(left / 1000.0, tpm, tpm) : null);
        return new SharedVerdict(verdict, headers, TimeSpan.FromMicroseconds(wait), lease);
    }

    /// <summary>Ends an admitted call. Nobody waits for it: should it be lost, the lease runs out.</summary>
    public void Leave(ApiKey key, long lease, long moreTokens)
    {
        if (lease != 0)
        {
            _leases.TryRemove(lease, out _);
        }
        if (lease != 0 || key.Tpm is not null)
        {
            redis.Post(LimitScripts.Leave, [BucketKey(key), RunningKey(key)], [Text(key.Tpm ?? 0), Text(moreTokens), Member(lease)]);
        }
    }

    /// <summary>Renews what is in progress long before it would run out.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Lease / 4, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var (lease, running) in _leases)
            {
                redis.Post(LimitScripts.Renew, [running], [Member(lease), LeaseMicroseconds]);
            }
        }
    }

    // The braces keep a key's two entries on one node of a cluster.
    private static string BucketKey(ApiKey key) => $"slipway:limits:{{{key.Id}}}";

    private static string RunningKey(ApiKey key) => $"slipway:running:{{{key.Id}}}";

    private string Member(long lease) => lease == 0 ? "" : $"{_gateway}:{lease}";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
