using Slipway.Server.Features.Deployer.SageMaker;

namespace Slipway.Server.Tests.Features.Deployer.SageMaker;

/// <summary>Every status that CloudFormation and SageMaker have, as their service models list them.</summary>
public sealed class StackStatusesTests
{
    [Theory]
    [InlineData("CREATE_IN_PROGRESS", null, "Creating (Infrastructure)")]
    [InlineData("REVIEW_IN_PROGRESS", null, "Creating (Infrastructure)")]
    [InlineData("IMPORT_IN_PROGRESS", null, "Creating (Infrastructure)")]
    [InlineData("CREATE_IN_PROGRESS", "Creating", "Creating (Endpoint)")]
    [InlineData("CREATE_IN_PROGRESS", "InService", "Creating (Endpoint)")]
    [InlineData("CREATE_COMPLETE", "InService", "InService")]
    [InlineData("UPDATE_COMPLETE", "InService", "InService")]
    [InlineData("UPDATE_ROLLBACK_COMPLETE", "InService", "InService")]
    [InlineData("IMPORT_COMPLETE", "InService", "InService")]
    [InlineData("CREATE_COMPLETE", "UpdateRollbackFailed", "InService")]
    [InlineData("CREATE_COMPLETE", "Updating", "Updating")]
    [InlineData("UPDATE_COMPLETE", "SystemUpdating", "Updating")]
    [InlineData("CREATE_COMPLETE", "RollingBack", "RollingBack")]
    [InlineData("CREATE_COMPLETE", "Creating", "Creating (Endpoint)")]
    [InlineData("CREATE_COMPLETE", "Deleting", "Deleting")]
    [InlineData("CREATE_COMPLETE", "Failed", "Failed")]
    [InlineData("CREATE_COMPLETE", "OutOfService", "Failed")]
    [InlineData("UPDATE_COMPLETE", null, "Failed")]
    [InlineData("UPDATE_IN_PROGRESS", "InService", "Updating")]
    [InlineData("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "InService", "Updating")]
    [InlineData("ROLLBACK_IN_PROGRESS", "Failed", "RollingBack")]
    [InlineData("UPDATE_ROLLBACK_IN_PROGRESS", "InService", "RollingBack")]
    [InlineData("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "InService", "RollingBack")]
    [InlineData("IMPORT_ROLLBACK_IN_PROGRESS", null, "RollingBack")]
    [InlineData("CREATE_FAILED", "Creating", "Failed")]
    [InlineData("ROLLBACK_COMPLETE", null, "Failed")]
    [InlineData("ROLLBACK_FAILED", "InService", "Failed")]
    [InlineData("UPDATE_FAILED", "InService", "Failed")]
    [InlineData("UPDATE_ROLLBACK_FAILED", "InService", "Failed")]
    [InlineData("IMPORT_ROLLBACK_FAILED", null, "Failed")]
    [InlineData("IMPORT_ROLLBACK_COMPLETE", null, "Failed")]
    [InlineData("DELETE_FAILED", "InService", "Failed")]
    [InlineData("DELETE_IN_PROGRESS", "Deleting", "Deleting")]
    [InlineData("DELETE_COMPLETE", null, "Failed")]
    public void A_stack_and_its_endpoint_are_said_in_one_word(string stack, string? endpoint, string status) =>
        Assert.Equal(status, StackStatuses.Of(stack, endpoint));
}
