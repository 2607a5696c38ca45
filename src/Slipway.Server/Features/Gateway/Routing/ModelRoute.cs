namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>A public name with the replicas behind it.</summary>
internal sealed class ModelRoute(string name, RouteOptions options, Replica[] replicas, DateTimeOffset madeAt)
{
    /// <summary>As many as there are bits to remember which ones were tried.</summary>
    public const int MostReplicas = 64;

    public string Name => name;

    public RouteOptions Options => options;

    public IReadOnlyList<Replica> Replicas => replicas;

    public ReplicaChoice Choice { get; } = new(options.Strategy, replicas);

    public DateTimeOffset MadeAt => madeAt;

    /// <summary>The same under another public name, with a turn of its own among the same replicas.</summary>
    public ModelRoute CalledBy(string alias) => new(alias, options, replicas, madeAt);

    /// <summary>Whether some replica that works is only asking to be left alone for a while.</summary>
    public bool IsBusy => replicas.Any(replica => replica.Options.Weight > 0 && replica.Breaker.State is BreakerState.Closed);

    /// <summary>When the first of its replicas may be called again; zero when one may be now.</summary>
    public TimeSpan Wait()
    {
        var shortest = TimeSpan.MaxValue;
        foreach (var replica in replicas)
        {
            var wait = replica.Options.Weight > 0 ? replica.Breaker.Wait() : TimeSpan.MaxValue;
            shortest = wait < shortest ? wait : shortest;
        }

        return shortest;
    }
}
