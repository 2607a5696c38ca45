using System.ComponentModel.DataAnnotations;
using Slipway.Server.Aws;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>What a container does with the request's <c>model</c>.</summary>
internal enum ModelField
{
    /// <summary>It gets the upstream's name for it.</summary>
    Replace,

    /// <summary>It gets none: it serves one model and refuses every other name.</summary>
    Remove,
}

/// <summary>One SageMaker endpoint, or several that are called by their own names.</summary>
internal sealed class SageMakerUpstreamOptions : IValidatableObject
{
    /// <summary>The endpoint that answers. May be left out where <see cref="AllowedEndpoints"/> names some.</summary>
    public string? EndpointName { get; init; }

    /// <summary>Where it is; the configured region if left out.</summary>
    public string? Region { get; init; }

    /// <summary>Which of its variants answers.</summary>
    public string? TargetVariant { get; init; }

    /// <summary>Which of its inference components answers.</summary>
    public string? InferenceComponent { get; init; }

    /// <summary>Endpoints that may be called by giving their exact name as the model. No other endpoint of the account may.</summary>
    public IReadOnlyList<string> AllowedEndpoints { get; init; } = [];

    public ModelField Model { get; init; } = ModelField.Replace;

    /// <summary>Whether streams are asked for their usage. Off for containers that refuse <c>stream_options</c>.</summary>
    public bool AskForUsage { get; init; } = true;

    /// <summary>Most bytes of an answer that is not streamed.</summary>
    [Range(1 << 10, 256 << 20)]
    public int LongestAnswer { get; init; } = 32 << 20;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var name in new[] { EndpointName, TargetVariant, InferenceComponent }.Concat(AllowedEndpoints))
        {
            if (name is not null && !SageMakerRuntimeClient.IsName(name))
            {
                yield return new($"'{name}' is no name in SageMaker: those are 1 to 63 letters, digits and inner hyphens.");
            }
        }
        if (EndpointName is null && AllowedEndpoints.Count == 0)
        {
            yield return new(
                $"Set {nameof(EndpointName)} or {nameof(AllowedEndpoints)}.", [nameof(EndpointName), nameof(AllowedEndpoints)]);
        }
    }
}

[OptionsValidator]
internal sealed partial class SageMakerUpstreamOptionsValidator : IValidateOptions<SageMakerUpstreamOptions>;
