using Slipway.Client.Deployer;

namespace Slipway.Server.Features.Deployer.SageMaker;

/// <summary>What stacks and endpoints say of themselves, and what the deployer says of that.</summary>
internal static class StackStatuses
{
    public const string DeleteComplete = "DELETE_COMPLETE";
    public const string DeleteFailed = "DELETE_FAILED";
    public const string DeleteInProgress = "DELETE_IN_PROGRESS";
    public const string RollbackInProgress = "ROLLBACK_IN_PROGRESS";
    public const string UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE";

    /// <summary>The deployer's status.</summary>
    /// <param name="stack">CloudFormation's <c>StackStatus</c>.</param>
    /// <param name="endpoint">SageMaker's <c>EndpointStatus</c>; null when there is no endpoint.</param>
    public static string Of(string stack, string? endpoint) => stack switch
    {
        "CREATE_IN_PROGRESS" or "REVIEW_IN_PROGRESS" or "IMPORT_IN_PROGRESS" =>
            endpoint is null ? DeployedModelStatuses.CreatingInfrastructure : DeployedModelStatuses.CreatingEndpoint,
        _ when IsUsable(stack) => OfEndpoint(endpoint),
        DeleteInProgress => DeployedModelStatuses.Deleting,
        _ when stack.EndsWith("_FAILED", StringComparison.Ordinal) => DeployedModelStatuses.Failed,
        "UPDATE_IN_PROGRESS" or "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" => DeployedModelStatuses.Updating,
        _ when IsGoingOn(stack) => DeployedModelStatuses.RollingBack,
        _ => DeployedModelStatuses.Failed,
    };

    /// <summary>Whether the stack has what it was made for.</summary>
    public static bool IsUsable(string stack) => stack is "CREATE_COMPLETE" or "UPDATE_COMPLETE" or UpdateRollbackComplete or "IMPORT_COMPLETE";

    /// <summary>Whether CloudFormation is at work on it.</summary>
    public static bool IsGoingOn(string stack) => stack.EndsWith("_IN_PROGRESS", StringComparison.Ordinal);

    /// <summary>Whether CloudFormation would refuse to delete it now.</summary>
    public static bool IsUndeletable(string stack) => IsGoingOn(stack) && stack.StartsWith("UPDATE_", StringComparison.Ordinal);

    /// <summary>Whether an endpoint answers.</summary>
    public static bool Answers(string? endpoint) => endpoint is "InService" or "Updating" or "SystemUpdating" or "RollingBack" or "UpdateRollbackFailed";

    private static string OfEndpoint(string? endpoint) => endpoint switch
    {
        "InService" or "UpdateRollbackFailed" => DeployedModelStatuses.InService,
        "Creating" => DeployedModelStatuses.CreatingEndpoint,
        "Updating" or "SystemUpdating" => DeployedModelStatuses.Updating,
        "RollingBack" => DeployedModelStatuses.RollingBack,
        "Deleting" => DeployedModelStatuses.Deleting,
        _ => DeployedModelStatuses.Failed,
    };
}
