using Slipway.Server.Platform.Redis;

namespace Slipway.Server.Features.Gateway.Limits;

/// <summary>
/// What runs inside Redis (5 or newer). A bucket is a hash: <c>r</c> and <c>t</c> say how many requests and tokens are missing
/// from full, <c>at</c> when that was so, in microseconds. Leases are a sorted set by the time at which they run out.
/// </summary>
internal static class LimitScripts
{
    /// <summary>
    /// KEYS: bucket, leases. ARGV: requests per minute, tokens per minute, calls at once (0 for no limit), tokens wanted, lease,
    /// its length. Returns: verdict, requests left × 1000, tokens left × 1000, microseconds to wait.
    /// </summary>
    public static readonly RedisScript Enter = new("""
        local rpm, tpm, most, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local bucket = redis.call('HMGET', KEYS[1], 'r', 't', 'at')
        local r, t, past = tonumber(bucket[1]) or 0, tonumber(bucket[2]) or 0, math.max(0, now - (tonumber(bucket[3]) or now))
        r = math.max(0, r - past * rpm / 60000000)
        t = math.max(0, t - past * tpm / 60000000)
        local function answer(verdict, wait)
            return {verdict, math.floor((rpm - r) * 1000), math.floor((tpm - t) * 1000), math.ceil(wait)}
        end
        local need = math.min(wanted, tpm)
        if most > 0 then
            redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
            if redis.call('ZCARD', KEYS[2]) >= most then return answer(3, 1000000) end
        end
        if rpm > 0 and rpm - r < 1 - 1e-6 then return answer(1, (1 - rpm + r) * 60000000 / rpm) end
        if tpm > 0 and tpm - t < need - 1e-6 then return answer(2, (need - tpm + t) * 60000000 / tpm) end
        if rpm > 0 then r = r + 1 end
        if tpm > 0 then t = t + wanted end
        if rpm > 0 or tpm > 0 then
            redis.call('HSET', KEYS[1], 'r', string.format('%.6f', r), 't', string.format('%.6f', t), 'at', string.format('%.0f', now))
            local full = 0
            if rpm > 0 then full = r / rpm end
            if tpm > 0 then full = math.max(full, t / tpm) end
            redis.call('PEXPIRE', KEYS[1], math.min(86400000, math.ceil(full * 60000) + 1000))
        end
        if most > 0 then
            redis.call('ZADD', KEYS[2], string.format('%.0f', now + tonumber(ARGV[6])), ARGV[5])
            redis.call('PEXPIRE', KEYS[2], math.ceil(tonumber(ARGV[6]) / 1000) + 1000)
        end
        return answer(0, 0)
        """);

    /// <summary>KEYS: bucket, leases. ARGV: tokens per minute, tokens to take (or give back, below 0), lease or nothing.</summary>
    public static readonly RedisScript Leave = new("""
        local tpm, more = tonumber(ARGV[1]), tonumber(ARGV[2])
        if ARGV[3] ~= '' then redis.call('ZREM', KEYS[2], ARGV[3]) end
        if tpm > 0 and more ~= 0 then
            local time = redis.call('TIME')
            local now = time[1] * 1000000 + time[2]
            local bucket = redis.call('HMGET', KEYS[1], 'r', 't', 'at')
            local past = now - (tonumber(bucket[3]) or now)
            local t = math.max(0, (tonumber(bucket[2]) or 0) - past * tpm / 60000000) + more
            if bucket[3] or t > 0 then
                redis.call('HSET', KEYS[1], 'r', bucket[1] or '0', 't', string.format('%.6f', t + past * tpm / 60000000),
                    'at', bucket[3] or string.format('%.0f', now))
                local full = math.ceil(math.max(t, 0) * 60000 / tpm) + 1000
                if redis.call('PTTL', KEYS[1]) < full then redis.call('PEXPIRE', KEYS[1], math.min(86400000, full)) end
            end
        end
        return 0
        """);

    /// <summary>KEYS: leases. ARGV: lease, its length. A lease that has run out stays so.</summary>
    public static readonly RedisScript Renew = new("""
        local time = redis.call('TIME')
        local ends = time[1] * 1000000 + time[2] + tonumber(ARGV[2])
        redis.call('ZADD', KEYS[1], 'XX', string.format('%.0f', ends), ARGV[1])
        redis.call('PEXPIRE', KEYS[1], math.ceil(tonumber(ARGV[2]) / 1000) + 1000)
        return 0
        """);
}
