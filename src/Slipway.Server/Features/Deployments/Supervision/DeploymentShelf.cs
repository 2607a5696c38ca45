using System.Collections.Concurrent;
using System.Collections.Frozen;
using Slipway.Client.Deployments;
using Slipway.Server.Features.Gateway.Routing;

namespace Slipway.Server.Features.Deployments.Supervision;

/// <summary>All deployments of this machine, and which names lead to which of their servers at this moment.</summary>
internal sealed class DeploymentShelf(IOptions<DeploymentOptions> options) : IModelSource
{
    private readonly ConcurrentDictionary<string, Deployed> _all = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private volatile FrozenDictionary<string, FoundModel> _routes = FrozenDictionary<string, FoundModel>.Empty;

    /// <summary>Before the model in this process: whoever deploys one of that name means his.</summary>
    public int Order => 10;

    public IReadOnlyCollection<string> Names => _routes.Keys;

    /// <summary>The oldest first.</summary>
    public IEnumerable<Deployed> All => _all.Values.OrderBy(one => one.Row.CreatedAt).ThenBy(one => one.Row.Id, StringComparer.Ordinal);

    /// <summary>Only what is well is found.</summary>
    public FoundModel? Find(string model) => _routes.GetValueOrDefault(model);

    public Deployed? Get(string id) => _all.GetValueOrDefault(id);

    public void Add(Deployed deployed)
    {
        _all[deployed.Row.Id] = deployed;
        Rebuild();
    }

    public void Remove(string id)
    {
        _all.TryRemove(id, out _);
        Rebuild();
    }

    /// <summary>Finds the names and servers anew, after one of them has come or gone.</summary>
    public void Rebuild()
    {
        lock (_gate)
        {
            var upstreams =
                from deployed in All
                from keeper in deployed.Keepers
                let view = keeper.View
                where view is { Status: DeploymentStatuses.Running, Port: not null }
                let upstream = new UpstreamOptions
                {
                    BaseUrl = options.Value.UrlOf(view.Port!.Value) + "/v1",
                    Model = deployed.Row.ServedModelName,
                    Incarnation = $"{deployed.Row.Id} {view.Number} {view.Attempt}",
                }
                from name in deployed.Row.RouteNameList.Prepend(deployed.Row.ServedModelName).Distinct(StringComparer.Ordinal)
                select (Name: name, Upstream: upstream);
            _routes = upstreams.GroupBy(one => one.Name, StringComparer.Ordinal).ToFrozenDictionary(
                group => group.Key,
                group => new FoundModel(group.Key, [.. group.Select(one => one.Upstream).Take(ModelRoute.MostReplicas)]),
                StringComparer.Ordinal);
        }
    }
}
