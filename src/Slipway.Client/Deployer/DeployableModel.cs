using System.Text.Json.Serialization;

namespace Slipway.Client.Deployer;

/// <summary>A model of the catalog, in short.</summary>
public sealed record DeployableModel
{
    public required string ModelId { get; init; }

    public required string ModelName { get; init; }

    /// <summary>Who made it; empty when the catalog does not say.</summary>
    public required string Provider { get; init; }

    public required IReadOnlyList<string> SupportedEngines { get; init; }

    /// <summary>Without <c>ml.</c>; <c>local</c> is the server's own machine.</summary>
    public required IReadOnlyList<string> SupportedInstanceTypes { get; init; }

    /// <summary>Where it can be deployed to: <c>sagemaker_realtime</c>, <c>sagemaker_async</c>, <c>local</c>.</summary>
    public required IReadOnlyList<string> SupportedServices { get; init; }
}

/// <summary>A model of the catalog with all that is known of it.</summary>
public sealed record DeployableModelDetail
{
    public required string ModelId { get; init; }

    public required string ModelName { get; init; }

    /// <summary>Who made it; empty when the catalog does not say.</summary>
    public required string Provider { get; init; }

    public required IReadOnlyList<string> SupportedEngines { get; init; }

    /// <summary>Without <c>ml.</c>; <c>local</c> is the server's own machine.</summary>
    public required IReadOnlyList<string> SupportedInstanceTypes { get; init; }

    /// <summary>Where it can be deployed to: <c>sagemaker_realtime</c>, <c>sagemaker_async</c>, <c>local</c>.</summary>
    public required IReadOnlyList<string> SupportedServices { get; init; }

    /// <summary>Parameters, for people: <c>8.2B</c>; null when unknown.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? ModelSize { get; init; }

    /// <summary>Tokens; null when unknown.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? ContextLength { get; init; }

    public required string RecommendedInstanceType { get; init; }

    /// <summary>For people: <c>22 GiB of GPU memory</c>; null when unknown.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? MemoryRequirements { get; init; }

    public required string Description { get; init; }

    /// <summary>The description in Chinese; null without one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? DescriptionZh { get; init; }

    /// <summary><c>chat</c>, <c>reasoning</c>, <c>tools</c>, <c>vision</c>, <c>embeddings</c>, …</summary>
    public required IReadOnlyList<string> Capabilities { get; init; }

    /// <summary>Null when unknown.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? License { get; init; }
}

/// <summary>Asks for one model of the catalog.</summary>
public sealed record ModelDetailsRequest
{
    /// <summary>As the catalog writes it.</summary>
    public required string ModelId { get; init; }

    /// <summary>Whether all that is known is wanted, as <see cref="DeployableModelDetail"/>. Null: no.</summary>
    public bool? Detail { get; init; }
}
