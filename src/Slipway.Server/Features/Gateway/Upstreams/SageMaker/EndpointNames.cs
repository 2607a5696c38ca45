using Slipway.Server.Features.Gateway.Routing;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>SageMaker endpoints that are called by their own names: those of <see cref="GatewayOptions.AllowedEndpoints"/> and no other.</summary>
internal sealed class EndpointNames(GatewayConfiguration options) : IModelSource
{
    public int Order => 30;

    public IReadOnlyCollection<string> Names => options.Current.AllowedEndpoints;

    public FoundModel? Find(string model) => options.Current.AllowedEndpoints.Contains(model, StringComparer.Ordinal)
        ? new FoundModel(model, [new UpstreamOptions { Kind = EndpointOfEnvironment.Kind, Name = model }])
        : null;
}
