using System.Globalization;
using System.Text.Json.Nodes;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>
/// An account in one region: its stacks, what they made, and a clock that nobody moves but the test. Whoever touches it holds
/// <see cref="Lock"/>; the methods for tests take it themselves.
/// </summary>
internal sealed class StandInAccount(string region)
{
    public const string Id = "123456789012";

    private readonly List<StandInStack> _stacks = [];
    private readonly List<StandInResource> _made = [];
    private int _number;

    public Lock Lock { get; } = new();

    public string Region { get; } = region;

    public string Partition { get; } = region.StartsWith("cn-", StringComparison.Ordinal) ? "aws-cn" : "aws";

    public string UrlSuffix { get; } = region.StartsWith("cn-", StringComparison.Ordinal) ? "amazonaws.com.cn" : "amazonaws.com";

    public DateTimeOffset Now { get; private set; } = TimeProvider.System.GetUtcNow();

    public StandInScript Script { get; } = new();

    /// <summary>All stacks, the deleted ones too, oldest first.</summary>
    public IReadOnlyList<StandInStack> Stacks
    {
        get
        {
            lock (Lock)
            {
                return [.. _stacks];
            }
        }
    }

    /// <summary>Everything that ever was made, in order: nothing may be there twice that was wanted once.</summary>
    public IReadOnlyList<StandInResource> Made
    {
        get
        {
            lock (Lock)
            {
                return [.. _made];
            }
        }
    }

    /// <summary>What is there now: after a destruction, nothing.</summary>
    public IReadOnlyList<StandInResource> Left => [.. Made.Where(resource => resource.IsThere)];

    /// <summary>Lets time pass, and everything happen that is due meanwhile, in order.</summary>
    public void Advance(TimeSpan by)
    {
        lock (Lock)
        {
            var end = Now + by;
            while (_stacks.Where(stack => stack.DueAt <= end).MinBy(stack => stack.DueAt) is { } next)
            {
                Now = next.DueAt!.Value > Now ? next.DueAt.Value : Now;
                next.GoOn();
            }
            Now = end;
        }
    }

    /// <summary>Lets time pass until no stack has anything going on.</summary>
    public void Settle()
    {
        while (Stacks.Any(stack => stack.DueAt is not null))
        {
            Advance(TimeSpan.FromSeconds(30));
        }
    }

    /// <summary>Somebody deletes an endpoint behind CloudFormation's back.</summary>
    public void DeleteEndpointOutside(string name)
    {
        lock (Lock)
        {
            Find(ResourceTypes.Endpoint, name)!.GoneAt = Now;
        }
    }

    /// <summary>Something happens to an endpoint that no stack has a part in.</summary>
    public void SetEndpoint(string name, string status, string? reason = null)
    {
        lock (Lock)
        {
            Find(ResourceTypes.Endpoint, name)!.Set(status, reason);
        }
    }

    /// <summary>The status of an endpoint that is there.</summary>
    public string? EndpointStatus(string name)
    {
        lock (Lock)
        {
            return Find(ResourceTypes.Endpoint, name)?.Status;
        }
    }

    /// <summary>By its name while it is not deleted, by its id for ever.</summary>
    public StandInStack? FindStack(string nameOrId) =>
        _stacks.Find(stack => stack.Id == nameOrId || (stack.Name == nameOrId && stack.Status != "DELETE_COMPLETE"));

    public void Add(StandInStack stack) => _stacks.Add(stack);

    public StandInResource? Find(string type, string name) =>
        _made.Find(resource => resource.IsThere && resource.Type.Type == type && resource.Name == name);

    public StandInResource Make(ResourceType type, string logicalId, StandInStack stack, JsonObject properties)
    {
        var name = properties[type.NameProperty ?? ""]?.ToString() ?? $"{logicalId}-{NextNumber():x12}";
        var resource = new StandInResource(this, type, name, stack.Name, properties);
        _made.Add(resource);
        return resource;
    }

    /// <summary>For ids that must differ.</summary>
    public int NextNumber() => ++_number;

    /// <summary>Why a resource cannot be made as things are; null when it can.</summary>
    public string? FaultOf(ResourceType type, JsonObject properties)
    {
        if (type.NameProperty is { } property && properties[property]?.ToString() is { } name && Find(type.Type, name) is { } taken)
        {
            return $"Cannot create already existing {type.Noun} \"{taken.Arn}\".";
        }
        return type.Type switch
        {
            ResourceTypes.Model when properties["ExecutionRoleArn"]?.ToString() is { } role && !IsAssumable(role) => StandInReasons.NoRole(role),
            ResourceTypes.Config => Variants(properties).Select(variant => variant["ModelName"]?.ToString())
                .Where(model => model is not null && Find(ResourceTypes.Model, model) is null)
                .Select(model => $"Could not find model \"arn:{Partition}:sagemaker:{Region}:{Id}:model/{model}\".").FirstOrDefault(),
            ResourceTypes.Endpoint => Find(ResourceTypes.Config, properties["EndpointConfigName"]!.ToString()) is { } config
                ? LimitFault(config)
                : $"Could not find endpoint configuration \"{properties["EndpointConfigName"]}\".",
            ResourceTypes.Target when !IsServing(properties["ResourceId"]!.ToString()) =>
                $"Could not find a variant in service for resource ID: {properties["ResourceId"]}.",
            ResourceTypes.Policy when properties["ScalingTargetId"]?.ToString() is { } target
                && !_made.Exists(made => made.IsThere && made.Type.Type == ResourceTypes.Target && made.Reference == target) =>
                $"No scalable target registered for scalable target ID: {target}",
            _ => null,
        };
    }

    /// <summary>What an endpoint of this configuration consists of.</summary>
    public IEnumerable<JsonNode> VariantsOf(StandInResource endpoint) =>
        _made.FindLast(made => made.Type.Type == ResourceTypes.Config && made.Name == endpoint.Properties["EndpointConfigName"]!.ToString()) is { } config
            ? Variants(config.Properties)
            : [];

    private static IEnumerable<JsonNode> Variants(JsonObject config) => config["ProductionVariants"]!.AsArray().Select(variant => variant!);

    private static int InstancesOf(JsonNode variant) => int.Parse(variant["InitialInstanceCount"]?.ToString() ?? "1", CultureInfo.InvariantCulture);

    private string? LimitFault(StandInResource config)
    {
        foreach (var variant in Variants(config.Properties))
        {
            var type = variant["InstanceType"]?.ToString() ?? "";
            var running = _made.Where(made => made.IsThere && made.Type.Type == ResourceTypes.Endpoint).SelectMany(VariantsOf)
                .Where(other => other["InstanceType"]?.ToString() == type).Sum(InstancesOf);
            if (Script.InstanceLimits.TryGetValue(type, out var limit) && running + InstancesOf(variant) > limit)
            {
                return StandInReasons.LimitExceeded(type, limit, InstancesOf(variant)) + " (Service: AmazonSageMaker; Status Code: 400; Error Code: ResourceLimitExceeded)";
            }
        }
        return null;
    }

    private bool IsAssumable(string arn)
    {
        var name = arn.Split('/')[^1];
        return Script.Roles.Contains(name)
            || (Find(ResourceTypes.Role, name) is { } role
                && role.Properties["AssumeRolePolicyDocument"]!.ToJsonString().Contains("sagemaker.amazonaws.com", StringComparison.Ordinal));
    }

    private bool IsServing(string resourceId) =>
        resourceId.Split('/') is ["endpoint", var endpoint, "variant", var variant]
        && Find(ResourceTypes.Endpoint, endpoint) is { Status: "InService" } found
        && VariantsOf(found).Any(one => one["VariantName"]!.ToString() == variant);
}
