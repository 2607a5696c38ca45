using System.Text.Json.Serialization;

namespace Slipway.Client.Deployer;

/// <summary>Names one deployment of a model.</summary>
public sealed record DeployedModelRequest
{
    /// <summary>As the catalog writes it.</summary>
    public required string ModelId { get; init; }

    /// <summary>Null: <c>dev</c>.</summary>
    public string? ModelTag { get; init; }
}

/// <summary>Where a deployment of a model stands.</summary>
public sealed record DeployedModelStatus
{
    /// <summary><c>InService</c>, <c>Failed</c>, or <c>Creating (Infrastructure)</c>, <c>Creating (Endpoint)</c>, <c>Updating</c>, <c>RollingBack</c>, <c>Deleting</c>.</summary>
    public required string Status { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? EndpointName { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? EndpointUrl { get; init; }

    public required string InstanceType { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? InstanceCount { get; init; }

    public required DateTimeOffset CreationTime { get; init; }

    public required DateTimeOffset LastModifiedTime { get; init; }

    /// <summary>Why it does not serve, in words.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? FailureReason { get; init; }

    public required string ServiceType { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? StackName { get; init; }

    /// <summary>The latest happenings, oldest first.</summary>
    public required IReadOnlyList<DeployedModelEvent> Events { get; init; }
}

/// <param name="Time">When it happened.</param>
/// <param name="Subject">What it happened to.</param>
/// <param name="Text">What happened.</param>
public sealed record DeployedModelEvent(DateTimeOffset Time, string Subject, string Text);

/// <summary>One deployment among all.</summary>
public sealed record DeployedModelRow
{
    public required string ModelId { get; init; }

    public required string ModelTag { get; init; }

    /// <inheritdoc cref="DeployedModelStatus.Status"/>
    public required string Status { get; init; }

    public required string ServiceType { get; init; }

    public required string InstanceType { get; init; }

    public required DateTimeOffset CreateTime { get; init; }

    public required DeployedModelOutputs Outputs { get; init; }
}

/// <summary>Where it can be called.</summary>
public sealed record DeployedModelOutputs
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? EndpointName { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? EndpointUrl { get; init; }
}

/// <summary>It is being done.</summary>
public sealed record DeployerSuccess(bool Success);
