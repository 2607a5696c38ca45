namespace Slipway.Server.Features.Gateway.Upstreams;

/// <summary>Something that answers calls: the engine in this process, an OpenAI-compatible server, a SageMaker endpoint.</summary>
internal interface IUpstream
{
    /// <summary>Sends a call and waits for its beginning: the whole answer, or the first chunk of a stream.</summary>
    /// <param name="call">The client's call. What is answered names <see cref="GatewayCall.Model"/> as its model.</param>
    /// <param name="model">What this upstream calls the model.</param>
    /// <param name="cancellationToken">The client is gone, or the time is up: whatever computes for this call is stopped.</param>
    /// <exception cref="UpstreamException">There is no answer. Nothing of it has been sent to the client.</exception>
    Task<UpstreamAnswer> SendAsync(GatewayCall call, string model, CancellationToken cancellationToken);
}
