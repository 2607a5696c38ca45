using System.Text.Json.Nodes;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>Something that exists in the account, or did, and may cost money.</summary>
internal sealed class StandInResource(StandInAccount account, ResourceType type, string name, string stack, JsonObject properties)
{
    public ResourceType Type { get; } = type;

    public string Name { get; } = name;

    /// <summary>The stack that made it.</summary>
    public string Stack { get; } = stack;

    public JsonObject Properties { get; set; } = properties;

    public DateTimeOffset MadeAt { get; } = account.Now;

    public DateTimeOffset ChangedAt { get; private set; } = account.Now;

    public DateTimeOffset? GoneAt { get; set; }

    public bool IsThere => GoneAt is null;

    /// <summary>Of an endpoint: as DescribeEndpoint says it.</summary>
    public string Status { get; private set; } = "Creating";

    public string? FailureReason { get; private set; }

    /// <summary>What <c>Ref</c> stands for, and what CloudFormation calls its physical id.</summary>
    public string Reference => Type.Type switch
    {
        ResourceTypes.Role or ResourceTypes.Alarm => Name,
        ResourceTypes.Target => $"{Properties["ResourceId"]}|{Properties["ScalableDimension"]}|{Properties["ServiceNamespace"]}",
        _ => Arn,
    };

    public string Arn => $"arn:{account.Partition}:" + Type.Type switch
    {
        ResourceTypes.Role => $"iam::{StandInAccount.Id}:role{Properties["Path"]?.ToString() ?? "/"}{Name}",
        ResourceTypes.Policy => $"autoscaling:{account.Region}:{StandInAccount.Id}:scalingPolicy:6d8972f3:resource/sagemaker/x:policyName/{Name}",
        ResourceTypes.Alarm => $"cloudwatch:{account.Region}:{StandInAccount.Id}:alarm:{Name}",
        _ => $"sagemaker:{account.Region}:{StandInAccount.Id}:{Type.Noun}/{Name}",
    };

    public string? Attribute(string attribute) => !Type.Attributes.Contains(attribute) ? null
        : attribute == Type.NameProperty ? Name
        : attribute switch
        {
            "Arn" => Arn,
            "RoleId" => "AROA" + Name.ToUpperInvariant(),
            _ => Reference,
        };

    public void Set(string status, string? reason = null)
    {
        Status = status;
        FailureReason = reason;
        ChangedAt = account.Now;
    }

    public override string ToString() => $"{Type.Type} {Name}";
}
