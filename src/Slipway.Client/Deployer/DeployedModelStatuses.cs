namespace Slipway.Client.Deployer;

/// <summary>Where a deployment of a model stands, as servers write it.</summary>
public static class DeployedModelStatuses
{
    public const string CreatingInfrastructure = "Creating (Infrastructure)";

    public const string CreatingEndpoint = "Creating (Endpoint)";

    /// <summary>It answers.</summary>
    public const string InService = "InService";

    /// <summary>It was in service and is being started or changed.</summary>
    public const string Updating = "Updating";

    public const string RollingBack = "RollingBack";

    public const string Deleting = "Deleting";

    /// <summary>It does not come into service by itself; <see cref="DeployedModelStatus.FailureReason"/> says why.</summary>
    public const string Failed = "Failed";
}
