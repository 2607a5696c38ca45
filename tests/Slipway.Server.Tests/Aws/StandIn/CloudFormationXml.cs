using System.Globalization;
using System.Xml.Linq;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>How CloudFormation writes what it answers.</summary>
internal static class CloudFormationXml
{
    private static readonly XNamespace Namespace = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

    public static string Answer(string action, object[]? result) => new XElement(
        Namespace + $"{action}Response",
        result is null ? null : new XElement(Namespace + $"{action}Result", result),
        new XElement(Namespace + "ResponseMetadata", Element("RequestId", Guid.NewGuid().ToString()))).ToString();

    public static string Refusal(StandInFault fault) => new XElement(
        Namespace + "ErrorResponse",
        new XElement(
            Namespace + "Error",
            Element("Type", fault.Status < 500 ? "Sender" : "Receiver"),
            Element("Code", fault.Code),
            Element("Message", fault.Message)),
        Element("RequestId", Guid.NewGuid().ToString())).ToString();

    public static XElement Stack(StandInStack stack) => Member(
        Element("StackId", stack.Id),
        Element("StackName", stack.Name),
        Element("CreationTime", Time(stack.CreatedAt)),
        Element("LastUpdatedTime", Time(stack.UpdatedAt)),
        Element("DeletionTime", Time(stack.DeletedAt)),
        Element("StackStatus", stack.Status),
        Element("StackStatusReason", stack.StatusReason),
        Element("DisableRollback", stack.OnFailure == "DO_NOTHING" ? "true" : "false"),
        Element("EnableTerminationProtection", stack.IsProtected ? "true" : "false"),
        Element("TimeoutInMinutes", stack.TimeoutInMinutes?.ToString(CultureInfo.InvariantCulture)),
        List("NotificationARNs", []),
        List("Capabilities", stack.Wish.Capabilities.Select(capability => new XElement(Namespace + "member", capability))),
        List("Parameters", Pairs(stack.Wish.Parameters, "ParameterKey", "ParameterValue")),
        List("Outputs", Pairs(stack.Outputs, "OutputKey", "OutputValue")),
        List("Tags", Pairs(stack.Wish.Tags, "Key", "Value")),
        new XElement(Namespace + "DriftInformation", Element("StackDriftStatus", "NOT_CHECKED")));

    public static XElement Event(StandInStack stack, StandInEvent happening) => Member(
        Element("StackId", stack.Id),
        Element("EventId", happening.Id),
        Element("StackName", stack.Name),
        Element("LogicalResourceId", happening.LogicalId),
        new XElement(Namespace + "PhysicalResourceId", happening.PhysicalId),
        Element("ResourceType", happening.Type),
        Element("Timestamp", Time(happening.At)),
        Element("ResourceStatus", happening.Status),
        Element("ResourceStatusReason", happening.Reason),
        Element("ResourceProperties", happening.Properties),
        Element("ClientRequestToken", happening.Token));

    public static XElement Resource(StandInStack stack, StackPart part) => Member(
        Element("StackName", stack.Name),
        Element("StackId", stack.Id),
        Element("LogicalResourceId", part.Template.Name),
        Element("PhysicalResourceId", part.Resource?.Reference),
        Element("ResourceType", part.Template.Type.Type),
        Element("Timestamp", Time(part.At)),
        Element("ResourceStatus", part.Status),
        Element("ResourceStatusReason", part.Reason),
        new XElement(Namespace + "DriftInformation", Element("StackResourceDriftStatus", "NOT_CHECKED")));

    public static XElement List(string name, IEnumerable<XElement> members) => new(Namespace + name, members);

    /// <summary>Nothing for null.</summary>
    public static XElement? Element(string name, string? value) => value is null ? null : new XElement(Namespace + name, value);

    private static XElement Member(params XElement?[] parts) => new(Namespace + "member", parts.Where(part => part is not null));

    private static IEnumerable<XElement> Pairs(Dictionary<string, string> pairs, string key, string value) =>
        pairs.Select(pair => Member(Element(key, pair.Key), Element(value, pair.Value)));

    private static string? Time(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
