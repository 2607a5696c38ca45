namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>Chooses among the replicas of a route that may be called.</summary>
internal sealed class ReplicaChoice(RouteStrategy strategy, Replica[] replicas)
{
    // A favourite may carry this many times the average load before a conversation is sent elsewhere, and two calls more at any rate.
    private const double LoadBound = 1.25;
    private const int FreeCalls = 2;

    private int _turn;

    /// <summary>The replica for a call, or null when all were tried or are left alone. The breaker has been entered.</summary>
    /// <param name="prefix">Hash of the conversation's beginning.</param>
    /// <param name="tried">One bit for each replica that failed already on this call.</param>
    public Replica? Take(ulong prefix, ulong tried)
    {
        if (replicas.Length == 1)
        {
            return tried == 0 && IsReady(replicas[0]) && replicas[0].Breaker.TryEnter() ? replicas[0] : null;
        }

        // Whoever refuses between the look and the entering is left out of the next round.
        for (var round = 0; round < replicas.Length; round++)
        {
            var chosen = strategy switch
            {
                RouteStrategy.Weighted => ByWeight(tried),
                RouteStrategy.PrefixAffinity => ByPrefix(prefix, tried),
                _ => ByLoad(tried),
            };
            if (chosen < 0)
            {
                return null;
            }

            if (replicas[chosen].Breaker.TryEnter())
            {
                return replicas[chosen];
            }

            tried |= 1UL << chosen;
        }

        return null;
    }

    public ulong BitOf(Replica replica) => 1UL << Array.IndexOf(replicas, replica);

    private static bool IsReady(Replica replica) => replica.Breaker.Wait() <= TimeSpan.Zero;

    private bool MayTake(int index, ulong tried) =>
        (tried & (1UL << index)) == 0 && replicas[index].Options.Weight > 0 && IsReady(replicas[index]);

    // Multiples of the golden ratio fill the unit interval evenly: shares are exact in the long run and close in the short one.
    private int ByWeight(ulong tried)
    {
        var total = 0.0;
        for (var i = 0; i < replicas.Length; i++)
        {
            total += MayTake(i, tried) ? replicas[i].Options.Weight : 0;
        }

        var point = (uint)Interlocked.Increment(ref _turn) * 2654435769u / (double)(1UL << 32) * total;
        var last = -1;
        for (var i = 0; i < replicas.Length; i++)
        {
            if (MayTake(i, tried))
            {
                last = i;
                point -= replicas[i].Options.Weight;
                if (point < 0)
                {
                    break;
                }
            }
        }

        return last;
    }

    private int ByLoad(ulong tried)
    {
        // Equals take turns: the search begins at another place each time.
        var start = (uint)Interlocked.Increment(ref _turn);
        var (best, least) = (-1, double.PositiveInfinity);
        for (var i = 0; i < replicas.Length; i++)
        {
            var index = (int)((start + (uint)i) % (uint)replicas.Length);
            var load = (replicas[index].InFlight + 1) / replicas[index].Options.Weight;
            if (load < least && MayTake(index, tried))
            {
                (best, least) = (index, load);
            }
        }

        return best;
    }

    // Rendezvous hashing: a replica that comes or goes moves only its own share of the conversations.
    private int ByPrefix(ulong prefix, ulong tried)
    {
        var inFlight = 0;
        foreach (var replica in replicas)
        {
            inFlight += replica.InFlight;
        }

        var bound = Math.Max(FreeCalls, LoadBound * (inFlight + 1) / replicas.Length);
        var (best, highest) = (-1, double.NegativeInfinity);
        for (var i = 0; i < replicas.Length; i++)
        {
            if (!MayTake(i, tried) || replicas[i].InFlight >= bound)
            {
                continue;
            }

            // −w / ln(u) is largest for each replica with a probability in proportion to its weight.
            var unit = ((PrefixHash.Mix(prefix, replicas[i].Hash) >> 11) + 1) / (double)((1UL << 53) + 1);
            var score = -replicas[i].Options.Weight / Math.Log(unit);
            if (score > highest)
            {
                (best, highest) = (i, score);
            }
        }

        return best < 0 ? ByLoad(tried) : best;
    }
}
