namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>Keeps one replica for each different upstream, however many routes name it and however often they are read anew.</summary>
internal sealed class ReplicaShelf(IEnumerable<IUpstreamFactory> factories, TimeProvider clock)
{
    private readonly Dictionary<string, IUpstreamFactory> _factories =
        factories.ToDictionary(factory => factory.Kind, StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<ReplicaKey, Replica> _replicas = [];
    private readonly Lock _gate = new();

    public IReadOnlyCollection<string> Kinds => _factories.Keys;

    public bool Knows(string kind) => _factories.ContainsKey(kind);

    /// <summary>What is wrong with an upstream's options; null when nothing is.</summary>
    public string? Check(UpstreamOptions upstream) => _factories.TryGetValue(upstream.Kind, out var factory)
        ? factory.Check(upstream)
        : $"Kind '{upstream.Kind}' is unknown; accepted: {string.Join(", ", _factories.Keys.Order(StringComparer.Ordinal))}.";

    public Replica Get(string route, UpstreamOptions upstream, RouteOptions options)
    {
        // The kinds that serve many models need to know which one is meant; without a name of their own it is the public one.
        var key = new ReplicaKey(upstream with { Incarnation = null }, upstream.Model ?? route, options.Timeouts.Connect, options.Breaker);
        lock (_gate)
        {
            if (!_replicas.TryGetValue(key, out var replica))
            {
                replica = new Replica(
                    upstream, _factories[upstream.Kind].Create(upstream, options.Timeouts), new Breaker(options.Breaker, clock), key.Model);
                _replicas.Add(key, replica);
            }

            replica.LivesAs(upstream.Incarnation);

            return replica;
        }
    }

    /// <summary>Retires every replica that none of the routes has.</summary>
    public void KeepOnly(IEnumerable<ModelRoute> routes)
    {
        lock (_gate)
        {
            var kept = routes.SelectMany(route => route.Replicas).ToHashSet();
            foreach (var (key, replica) in _replicas.Where(pair => !kept.Contains(pair.Value)).ToList())
            {
                _replicas.Remove(key);
                replica.Retire();
            }
        }
    }

    private sealed record ReplicaKey(UpstreamOptions Upstream, string Model, TimeSpan Connect, BreakerOptions Breaker);
}
