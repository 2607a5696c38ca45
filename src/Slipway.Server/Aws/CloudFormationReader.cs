using System.Xml;
using System.Xml.Linq;

namespace Slipway.Server.Aws;

/// <summary>Reads what CloudFormation answers.</summary>
internal static class CloudFormationReader
{
    /// <summary>The element with an action's result.</summary>
    /// <exception cref="AwsException">There is none.</exception>
    public static XElement Result(byte[] answer, string action)
    {
        try
        {
            return AwsXml.Parse(answer).Child($"{action}Result") ?? throw Broken($"The answer has no {action}Result.");
        }
        catch (XmlException exception)
        {
            throw Broken("The answer is no XML that can be read.", exception);
        }
    }

    public static CloudFormationStack Stack(XElement stack) => new()
    {
        StackId = Needed(stack, "StackId"),
        StackName = Needed(stack, "StackName"),
        Status = Needed(stack, "StackStatus"),
        StatusReason = Reason(stack, "StackStatusReason"),
        CreatedAt = NeededTime(stack, "CreationTime"),
        UpdatedAt = stack.Time("LastUpdatedTime"),
        DeletedAt = stack.Time("DeletionTime"),
        EnableTerminationProtection = stack.Text("EnableTerminationProtection") == "true",
        Parameters = Pairs(stack, "Parameters", "ParameterKey", "ParameterValue"),
        Outputs = Pairs(stack, "Outputs", "OutputKey", "OutputValue"),
        Tags = Pairs(stack, "Tags", "Key", "Value"),
    };

    public static StackEvent Event(XElement happening) => new(
        Needed(happening, "EventId"),
        NeededTime(happening, "Timestamp"),
        happening.Text("LogicalResourceId") ?? "",
        happening.Text("ResourceType") ?? "",
        happening.Text("ResourceStatus") ?? "",
        Reason(happening, "ResourceStatusReason"));

    public static StackResource Resource(XElement resource) => new(
        Needed(resource, "LogicalResourceId"),
        resource.Text("PhysicalResourceId"),
        Needed(resource, "ResourceType"),
        Needed(resource, "ResourceStatus"),
        Reason(resource, "ResourceStatusReason"),
        NeededTime(resource, "Timestamp"));

    /// <exception cref="AwsException">It is not there.</exception>
    public static string Needed(XElement parent, string name) =>
        parent.Text(name) ?? throw Broken($"The answer lacks {name}.");

    private static DateTimeOffset NeededTime(XElement parent, string name) =>
        parent.Time(name) ?? throw Broken($"The answer lacks {name}.");

    private static string? Reason(XElement parent, string name) => parent.Text(name) is { } text ? AwsText.Redact(text) : null;

    private static Dictionary<string, string> Pairs(XElement parent, string list, string key, string value)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in parent.Members(list))
        {
            pairs[Needed(member, key)] = member.Text(value) ?? "";
        }
        return pairs;
    }

    private static AwsException Broken(string reason, Exception? inner = null) =>
        new(AwsService.CloudFormation.Name, AwsErrorCodes.BrokenAnswer, reason, inner);
}
