using System.ComponentModel.DataAnnotations;
using Slipway.Server.Aws;
using Slipway.Server.Features.Gateway.Routing;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>Makes upstreams of the kind <c>sagemaker</c>.</summary>
internal sealed class SageMakerUpstreamFactory(
    SageMakerRuntimeClient client, AnswerLimits limits, TimeProvider clock, ILogger<SageMakerUpstream> logger) : IUpstreamFactory
{
    public string Kind => EndpointOfEnvironment.Kind;

    public string? Check(UpstreamOptions options)
    {
        if (options.Name is null)
        {
            return "Name is missing; it is the name of the SageMaker endpoint.";
        }

        var endpoint = Of(options, longest: 1 << 10);
        return endpoint.Validate(new ValidationContext(endpoint)).FirstOrDefault()?.ErrorMessage;
    }

    public IUpstream Create(UpstreamOptions options, TimeoutOptions timeouts) =>
        new SageMakerUpstream(client, Of(options, limits.AnswerBytes), clock, logger);

    // A container that serves one model refuses names which it does not know: it gets one only where the route says which.
    private static SageMakerUpstreamOptions Of(UpstreamOptions options, int longest) => new()
    {
        EndpointName = options.Name,
        Region = options.Region,
        TargetVariant = options.TargetVariant,
        InferenceComponent = options.InferenceComponent,
        Model = options.Model is null ? ModelField.Remove : ModelField.Replace,
        AskForUsage = options.StreamUsage,
        LongestAnswer = longest,
    };
}
