using Slipway.Server.Features.Gateway.Routing;

namespace Slipway.Server.Features.Gateway.Upstreams.Engine;

/// <summary>Gives out the one upstream of the kind <c>engine</c>: the model in this process.</summary>
internal sealed class EngineUpstreamFactory(EngineUpstream engine) : IUpstreamFactory
{
    public string Kind => LoadedModelSource.Kind;

    public string? Check(UpstreamOptions options) =>
        options.BaseUrl is null && options.Name is null ? null : "An upstream of the kind engine is in this process: it has no BaseUrl and no Name.";

    public IUpstream Create(UpstreamOptions options, TimeoutOptions timeouts) =>
        options.Model is null ? new WhateverIsLoaded(engine) : engine;

    /// <summary>For routes that name no model: their own name is the clients' word for whichever is loaded.</summary>
    private sealed class WhateverIsLoaded(EngineUpstream engine) : IUpstream
    {
        public Task<UpstreamAnswer> SendAsync(GatewayCall call, string model, CancellationToken cancellationToken) =>
            engine.SendAsync(call, null, cancellationToken);
    }
}
