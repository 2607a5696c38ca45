namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>One upstream of a route. Two equal ones are the same upstream: its connections and its breaker outlive a reload.</summary>
internal sealed record UpstreamOptions
{
    /// <summary>One of the kinds that this build has: <c>openai</c>, <c>engine</c>, <c>sagemaker</c>.</summary>
    public string Kind { get; init; } = "openai";

    /// <summary>For <c>sagemaker</c>: the endpoint's name.</summary>
    public string? Name { get; init; }

    /// <summary>For <c>openai</c>: where the API begins, such as <c>http://10.0.0.7:8000/v1</c>.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>What the upstream calls the model; null is the public name.</summary>
    public string? Model { get; init; }

    /// <summary>Its share of the calls, against the weights of the others; 0 takes it out.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>The environment variable that holds the key for it; null sends none.</summary>
    public string? ApiKeyVariable { get; init; }

    /// <summary>A proxy to go through, such as <c>http://proxy:3128</c>; null goes straight, whatever the environment says.</summary>
    public string? Proxy { get; init; }

    /// <summary>Whether the upstream understands <c>stream_options.include_usage</c>; without it tokens are counted on the way.</summary>
    public bool StreamUsage { get; init; } = true;

    /// <summary>
    /// Of a server that is started again behind the same address: which start of it. What was held against an earlier one says nothing
    /// of this one. Null where nobody counts.
    /// </summary>
    public string? Incarnation { get; init; }

    /// <summary>For <c>sagemaker</c>: the region; null is that of the environment.</summary>
    public string? Region { get; init; }

    /// <summary>For <c>sagemaker</c>: the production variant to call.</summary>
    public string? TargetVariant { get; init; }

    /// <summary>For <c>sagemaker</c>: the inference component to call.</summary>
    public string? InferenceComponent { get; init; }
}
