using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>
/// Which public name leads where. A change of the configuration puts new routes in place of the old ones at once; calls in
/// flight go on as they began, and upstreams that are in both keep their connections and their breakers.
/// </summary>
internal sealed partial class RouteTable : IDisposable
{
    private const int MostFoundRoutes = 1024;

    private readonly ReplicaShelf _shelf;
    private readonly AnswerLimits _limits;
    private readonly IModelSource[] _sources;
    private readonly IConfiguration _configuration;
    private readonly TimeProvider _clock;
    private readonly ILogger<RouteTable> _logger;
    private readonly GatewayConfiguration _options;
    private readonly ConcurrentDictionary<FoundModel, ModelRoute> _found = [];
    private readonly Lock _change = new();
    private volatile FrozenDictionary<string, ModelRoute> _routes = FrozenDictionary<string, ModelRoute>.Empty;

    public RouteTable(
        GatewayConfiguration options, ReplicaShelf shelf, AnswerLimits limits, IEnumerable<IModelSource> sources,
        IConfiguration configuration, TimeProvider clock, ILogger<RouteTable> logger)
    {
        (_shelf, _limits, _configuration, _clock, _logger) = (shelf, limits, configuration, clock, logger);
        _sources = [.. sources.OrderBy(source => source.Order)];
        _options = options;
        Follow();
        options.Changed += Follow;
    }

    /// <summary>The routes of the configuration, aliases included.</summary>
    public IReadOnlyDictionary<string, ModelRoute> Configured => _routes;

    /// <summary>Every name that a call may give, those of the configuration first.</summary>
    public IEnumerable<string> Names =>
        _routes.Keys.Order(StringComparer.Ordinal).Concat(_sources.SelectMany(source => source.Names)).Distinct(StringComparer.Ordinal);

    /// <summary>The route for a name, or null when nothing is called so.</summary>
    public ModelRoute? Find(string model)
    {
        if (_routes.TryGetValue(model, out var route))
        {
            return route;
        }

        foreach (var source in _sources)
        {
            if (source.Find(model) is { } found && found.Upstreams.All(upstream => _shelf.Knows(upstream.Kind)))
            {
                return FoundRoute(found);
            }
        }

        return null;
    }

    public void Dispose()
    {
        _options.Changed -= Follow;
        _shelf.KeepOnly([]);
    }

    private ModelRoute FoundRoute(FoundModel found)
    {
        if (_found.TryGetValue(found, out var known))
        {
            return known;
        }

        lock (_change)
        {
            if (_found.Count >= MostFoundRoutes)
            {
                _found.Clear();
                _shelf.KeepOnly(_routes.Values);
            }

            return _found.GetOrAdd(found, Make(found.Name, new RouteOptions { Upstreams = [.. found.Upstreams] }));
        }
    }

    private void Follow()
    {
        lock (_change)
        {
            var options = _options.Current;
            _limits.Follow(options);
            var routes = new Dictionary<string, ModelRoute>(StringComparer.Ordinal);
            foreach (var (name, route) in EndpointOfEnvironment.Routes(_configuration).Where(pair => Knows(pair.Route)).Concat(RoutesOf(options)))
            {
                var made = Make(name, route);
                foreach (var alias in route.Aliases.Prepend(name))
                {
                    routes[alias] = alias == name ? made : made.CalledBy(alias);
                }
            }

            _routes = routes.ToFrozenDictionary(StringComparer.Ordinal);
            _shelf.KeepOnly(_routes.Values.Concat(_found.Values));
            LogRoutes(routes.Count);
        }
    }

    private bool Knows(RouteOptions route) => route.Upstreams.TrueForAll(upstream => _shelf.Knows(upstream.Kind));

    private static IEnumerable<(string Name, RouteOptions Route)> RoutesOf(GatewayOptions options) =>
        options.Routes.Select(pair => (pair.Value.Name ?? pair.Key, pair.Value));

    private ModelRoute Make(string name, RouteOptions options) => new(
        name, options, [.. options.Upstreams.Select(upstream => _shelf.Get(name, upstream, options))], _clock.GetUtcNow());

    [LoggerMessage(2001, LogLevel.Debug, "The gateway has {Count} public model names by configuration")]
    private partial void LogRoutes(int count);
}
