using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Client.Deployer;

/// <summary>A model of the catalog that is to be served.</summary>
public sealed record DeployRequest
{
    /// <summary>As the catalog writes it.</summary>
    public required string ModelId { get; init; }

    /// <summary>One of the model's, with or without <c>ml.</c>; <c>local</c> is the server's own machine.</summary>
    public required string InstanceType { get; init; }

    /// <summary>One of the model's: <c>vllm</c>, <c>slipway</c>, …</summary>
    public required string EngineType { get; init; }

    /// <summary><c>sagemaker_realtime</c> (or <c>sagemaker</c>), <c>sagemaker_async</c> or <c>local</c>.</summary>
    public required string ServiceType { get; init; }

    /// <summary><c>fastapi</c>, <c>flask</c> or <c>django</c>; without effect on engines that bring their own server. Null: <c>fastapi</c>.</summary>
    public string? FrameworkType { get; init; }

    /// <summary>1 to 63 of lower-case letters, digits, <c>-</c> and <c>_</c>, these two not at the ends. Null: <c>dev</c>.</summary>
    public string? ModelTag { get; init; }

    /// <summary>Of AWS. Null: that of the server's configuration.</summary>
    public string? Region { get; init; }

    /// <summary>Null: one is made of id and tag.</summary>
    public string? ModelStackName { get; init; }

    /// <summary>An object, or a text that is one in JSON; at most 16,384 characters. Null: an empty object.</summary>
    public JsonElement? ExtraParams { get; init; }

    /// <summary><c>ROLLBACK</c>, <c>DELETE</c> or <c>DO_NOTHING</c>. Null: <c>ROLLBACK</c>.</summary>
    public string? EnvStackOnFailure { get; init; }

    /// <summary>Null: false.</summary>
    public bool? ForceEnvStackUpdate { get; init; }

    /// <summary>Null: false.</summary>
    public bool? WaitingUntilDeployComplete { get; init; }

    /// <summary>Taken and told back; no image is built.</summary>
    public string? DockerfileLocalPath { get; init; }
}

/// <summary>A deployment has begun.</summary>
public sealed record DeployStarted
{
    public required bool Success { get; init; }

    public required string Message { get; init; }

    public required DeploymentConfig DeploymentConfig { get; init; }
}

/// <summary>What was asked for, in the caller's own words, with defaults for what was left out.</summary>
public sealed record DeploymentConfig
{
    public required string ModelId { get; init; }

    public required string InstanceType { get; init; }

    public required string EngineType { get; init; }

    public required string ServiceType { get; init; }

    public required string FrameworkType { get; init; }

    public required string ModelTag { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Region { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? ModelStackName { get; init; }

    /// <summary>An object, or the text that was sent for it.</summary>
    public required JsonElement ExtraParams { get; init; }

    public required string EnvStackOnFailure { get; init; }

    public required bool ForceEnvStackUpdate { get; init; }

    public required bool WaitingUntilDeployComplete { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? DockerfileLocalPath { get; init; }
}
