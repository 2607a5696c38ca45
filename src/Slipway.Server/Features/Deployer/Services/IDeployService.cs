using Slipway.Client.Deployer;
using Slipway.Server.Features.Deployer.Catalog;

namespace Slipway.Server.Features.Deployer.Services;

/// <summary>
/// Where models are deployed to. It is asked step by step, and the server may die between any two steps and inside each: every
/// step looks first at what is there, does at most what comes next, and may be repeated.
/// </summary>
internal interface IDeployService
{
    /// <summary>The service types that it stands for, as clients write them.</summary>
    IReadOnlyList<string> Types { get; }

    /// <summary>What of the request it cannot take, with what would be accepted; null when nothing. Asks nobody.</summary>
    string? FaultOf(DeployOrder order, CatalogModel? model);

    /// <summary>One step towards what is wanted: that the model serves, or, when <see cref="DeployedModel.IsUnwanted"/>, that nothing is left.</summary>
    /// <returns>What is known after it. An outside world that does not answer is no exception but a standing that says so.</returns>
    Task<Standing> StepAsync(DeployedModel model, CancellationToken cancellationToken);
}

/// <summary>A request to deploy, with aliases resolved and defaults filled in.</summary>
internal sealed record DeployOrder
{
    public required string ModelId { get; init; }

    /// <summary>Lower-case letters, digits, <c>-</c> and <c>_</c>; 1 to 63.</summary>
    public required string ModelTag { get; init; }

    /// <summary>Without the prefix <c>ml.</c>: <c>g5.2xlarge</c>, or <c>local</c>.</summary>
    public required string InstanceType { get; init; }

    /// <summary>As the catalog writes it: <c>vllm</c>.</summary>
    public required string EngineType { get; init; }

    /// <summary>As the catalog writes it: <c>sagemaker_realtime</c>.</summary>
    public required string ServiceType { get; init; }

    public required string FrameworkType { get; init; }

    /// <summary>Null: that of the configuration.</summary>
    public string? Region { get; init; }

    /// <summary>Null: one is made of id and tag.</summary>
    public string? StackName { get; init; }

    /// <summary>A JSON object.</summary>
    public required System.Text.Json.Nodes.JsonObject ExtraParams { get; init; }

    /// <summary><c>ROLLBACK</c>, <c>DELETE</c> or <c>DO_NOTHING</c>.</summary>
    public required string OnFailure { get; init; }

    public bool ForceEnvStackUpdate { get; init; }
}

/// <summary>A deployment as it is kept.</summary>
/// <param name="Order">What was asked for.</param>
/// <param name="Model">What the catalog said of it when it was asked for: a later change of the catalog does not reach it.</param>
/// <param name="CreatedAt">When it was asked for.</param>
/// <param name="IsUnwanted">Whether it is to be destroyed.</param>
/// <param name="Last">What the last step found; null before the first.</param>
internal sealed record DeployedModel(DeployOrder Order, CatalogModel Model, DateTimeOffset CreatedAt, bool IsUnwanted, Standing? Last);

/// <summary>What is known of a deployment after a step. It is kept, as JSON, and given back with the next step.</summary>
internal sealed record Standing
{
    /// <summary>One of <see cref="DeployedModelStatuses"/>.</summary>
    public required string Status { get; init; }

    /// <summary>In words; null while nothing has failed.</summary>
    public string? FailureReason { get; init; }

    /// <summary>Whether it was found on the way out: what it says of a failure is of that, not of what went before.</summary>
    public bool IsEnding { get; init; }

    public string? StackName { get; init; }

    public string? EndpointName { get; init; }

    public string? EndpointUrl { get; init; }

    /// <summary>As the service itself writes it: <c>ml.g5.2xlarge</c>.</summary>
    public string? InstanceType { get; init; }

    public int? InstanceCount { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public DateTimeOffset? ModifiedAt { get; init; }

    /// <summary>The latest happenings, oldest first, for people; at most 50.</summary>
    public IReadOnlyList<DeployEvent> Events { get; init; } = [];

    /// <summary>What the service has to remember for its next step: ids, tokens. Nothing secret.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>();

    /// <summary>Where the gateway finds it; null while it does not answer, and where its deployment is a route by itself.</summary>
    public DeployedRoute? Route { get; init; }

    /// <summary>Whether nothing is left of it: it can be forgotten.</summary>
    public bool IsGone { get; init; }

    /// <summary>Why the outside world could not be asked or did not do as told, in words; null when it did. The status is then the last one known.</summary>
    public string? Trouble { get; init; }

    /// <summary>When the next step is due.</summary>
    public TimeSpan NextStep { get; init; }
}

/// <param name="Endpoint">The endpoint's name on SageMaker.</param>
/// <param name="Region">Where it is.</param>
/// <param name="Model">What its container calls the model; null: it takes no name.</param>
internal sealed record DeployedRoute(string Endpoint, string Region, string? Model);

/// <param name="At">When it happened.</param>
/// <param name="Subject">What it happened to: a resource's name.</param>
/// <param name="Text">What happened.</param>
internal sealed record DeployEvent(DateTimeOffset At, string Subject, string Text);
