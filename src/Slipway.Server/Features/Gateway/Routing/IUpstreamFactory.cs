using Slipway.Server.Features.Gateway.Upstreams;

namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>Makes the upstreams of one kind. An upstream that is <see cref="IDisposable"/> is disposed after its last call.</summary>
internal interface IUpstreamFactory
{
    /// <summary>The word for it in <see cref="UpstreamOptions.Kind"/>.</summary>
    string Kind { get; }

    /// <summary>What is wrong with the options, naming the value and what would be accepted; null when nothing is.</summary>
    string? Check(UpstreamOptions options);

    /// <param name="options">Found right by <see cref="Check"/>.</param>
    /// <param name="timeouts">Those of the route; an upstream needs only <see cref="TimeoutOptions.Connect"/>, the rest is watched over.</param>
    IUpstream Create(UpstreamOptions options, TimeoutOptions timeouts);
}
