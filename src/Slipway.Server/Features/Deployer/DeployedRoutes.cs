using System.Collections.Frozen;
using Slipway.Server.Features.Deployer.Services;
using Slipway.Server.Features.Deployer.Surface;
using Slipway.Server.Features.Gateway.Routing;

namespace Slipway.Server.Features.Deployer;

/// <summary>The gateway's way to endpoints that were deployed from here: by the model's id and tag, and by its id alone for the usual tag.</summary>
internal sealed class DeployedRoutes : IModelSource
{
    private volatile FrozenDictionary<string, FoundModel> _routes = FrozenDictionary<string, FoundModel>.Empty;

    /// <summary>After deployments to this machine, which cost nothing more.</summary>
    public int Order => 20;

    public IReadOnlyCollection<string> Names => _routes.Keys;

    public FoundModel? Find(string model) => _routes.GetValueOrDefault(model);

    /// <summary>From now on these, as far as they answer and are wanted.</summary>
    public void Replace(IEnumerable<DeployedModel> all) => _routes = (
        from deployed in all
        where !deployed.IsUnwanted && deployed.Last?.Route is not null
        let route = deployed.Last!.Route
        let upstream = new UpstreamOptions { Kind = EndpointOfEnvironment.Kind, Name = route.Endpoint, Region = route.Region, Model = route.Model }
        from name in NamesOf(deployed.Order)
        select (Name: name, Upstream: upstream))
        .ToFrozenDictionary(one => one.Name, one => new FoundModel(one.Name, [one.Upstream]), StringComparer.Ordinal);

    private static IEnumerable<string> NamesOf(DeployOrder order) => order.ModelTag == DeployBody.UsualTag
        ? [$"{order.ModelId}/{order.ModelTag}", order.ModelId]
        : [$"{order.ModelId}/{order.ModelTag}"];
}
