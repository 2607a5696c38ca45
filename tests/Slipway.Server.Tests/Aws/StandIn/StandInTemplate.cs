using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>A resource as the template writes it.</summary>
internal sealed record TemplateResource(string Name, ResourceType Type, JsonObject Properties, IReadOnlyList<string> Needs, bool IsRetained);

/// <summary>A parameter as the template writes it.</summary>
internal sealed record TemplateParameter(string Name, string? Default, bool IsNumber, IReadOnlyList<string> Allowed, string? Pattern);

/// <summary>A template, read as strictly as CloudFormation reads one.</summary>
internal sealed partial class StandInTemplate
{
    private const int MostBytes = 51_200;

    private static readonly string[] Sections = ["AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Resources", "Outputs"];
    private static readonly string[] Attributes = ["Type", "Properties", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"];
    private static readonly string[] ParameterMembers = ["Type", "Default", "AllowedValues", "AllowedPattern", "Description", "ConstraintDescription", "NoEcho", "MinLength", "MaxLength"];

    private StandInTemplate(JsonObject root)
    {
        Refuse(root.Select(pair => pair.Key).Except(Sections), "Invalid template property or properties [{0}]");
        if (root["AWSTemplateFormatVersion"] is { } version && version.ToString() != "2010-09-09")
        {
            throw Malformed($"Template format error: Unsupported template format version: {version}.");
        }
        Parameters = ObjectOr(root[nameof(Parameters)], nameof(Parameters)).ToDictionary(pair => pair.Key, pair => Parameter(pair.Key, pair.Value));
        var resources = ObjectOr(root[nameof(Resources)], nameof(Resources));
        if (resources.Count == 0)
        {
            throw Malformed("Template format error: At least one Resources member must be defined.");
        }
        var unknown = resources.Select(pair => pair.Value?["Type"]?.ToString() ?? "").Where(type => !ResourceTypes.All.ContainsKey(type));
        Refuse(unknown, "Template format error: Unrecognized resource types: [{0}]");
        Resources = resources.ToDictionary(pair => pair.Key, pair => Resource(pair.Key, pair.Value!.AsObject()));
        Outputs = ObjectOr(root[nameof(Outputs)], nameof(Outputs));
        CheckReferences();
        Order = InOrder();
    }

    public IReadOnlyDictionary<string, TemplateParameter> Parameters { get; }

    public IReadOnlyDictionary<string, TemplateResource> Resources { get; }

    public JsonObject Outputs { get; }

    /// <summary>Every resource after those it needs.</summary>
    public IReadOnlyList<TemplateResource> Order { get; }

    /// <exception cref="StandInFault">It is none that CloudFormation takes.</exception>
    public static StandInTemplate Parse(string body)
    {
        if (body.Length == 0 || Encoding.UTF8.GetByteCount(body) > MostBytes)
        {
            throw StandInFault.Constraint("templateBody", body[..Math.Min(body.Length, 100)], $"Member must have length less than or equal to {MostBytes}");
        }
        try
        {
            return new StandInTemplate(JsonNode.Parse(body) as JsonObject ?? throw Malformed("Template format error: unsupported structure."));
        }
        catch (JsonException)
        {
            throw Malformed("Template format error: JSON not well-formed.");
        }
    }

    /// <summary>The names that a value refers to.</summary>
    public static IEnumerable<string> ReferencesOf(JsonNode? node) => node switch
    {
        JsonObject { Count: 1 } map when map["Ref"] is { } name => [name.ToString()],
        JsonObject { Count: 1 } map when map["Fn::GetAtt"] is JsonArray { Count: 2 } path => [path[0]!.ToString()],
        JsonObject { Count: 1 } map when map["Fn::Sub"] is { } sub => SubReferences(sub),
        JsonObject { Count: 1 } map when map.First().Key is var key && (key.StartsWith("Fn::", StringComparison.Ordinal) || key == "Condition") =>
            throw Malformed($"Template error: {key} is not supported here."),
        JsonObject map => map.SelectMany(pair => ReferencesOf(pair.Value)),
        JsonArray list => list.SelectMany(ReferencesOf),
        _ => [],
    };

    [GeneratedRegex(@"\$\{(!?)([A-Za-z0-9:.]+)\}")]
    public static partial Regex SubPart();

    private static IEnumerable<string> SubReferences(JsonNode sub)
    {
        var (text, own) = sub is JsonArray { Count: 2 } pair ? (pair[0]!.ToString(), pair[1]!.AsObject()) : (sub.ToString(), []);
        var named = SubPart().Matches(text).Where(match => match.Groups[1].Length == 0).Select(match => match.Groups[2].Value);
        return named.Where(name => !own.ContainsKey(name)).Select(name => name.Contains("::", StringComparison.Ordinal) ? name : name.Split('.')[0])
            .Concat(own.SelectMany(part => ReferencesOf(part.Value)));
    }

    private static TemplateParameter Parameter(string name, JsonNode? node)
    {
        var map = ObjectOr(node, name);
        Refuse(map.Select(pair => pair.Key).Except(ParameterMembers), "Invalid template parameter property '{0}'");
        var type = map["Type"]?.ToString();
        if (type is not ("String" or "Number"))
        {
            throw Malformed($"Template format error: Unrecognized parameter type: {type}");
        }
        return new TemplateParameter(
            name, map["Default"]?.ToString(), type == "Number", [.. map["AllowedValues"]?.AsArray().Select(value => value!.ToString()) ?? []],
            map["AllowedPattern"]?.ToString());
    }

    private static TemplateResource Resource(string name, JsonObject map)
    {
        if (!name.All(char.IsAsciiLetterOrDigit))
        {
            throw Malformed($"Template format error: Resource name {name} is non alphanumeric.");
        }
        Refuse(map.Select(pair => pair.Key).Except(Attributes), "Invalid template resource property '{0}'");
        if (map["DeletionPolicy"]?.ToString() is { } policy && policy is not ("Delete" or "Retain"))
        {
            throw Malformed($"Template format error: Unrecognized DeletionPolicy {policy} for resource {name}");
        }
        var properties = ObjectOr(map["Properties"], name);
        IEnumerable<string> stated = map["DependsOn"] switch
        {
            JsonArray list => list.Select(item => item!.ToString()),
            { } one => [one.ToString()],
            null => [],
        };
        return new TemplateResource(
            name, ResourceTypes.All[map["Type"]!.ToString()], properties, [.. stated.Concat(ReferencesOf(properties)).Distinct()],
            map["DeletionPolicy"]?.ToString() == "Retain");
    }

    private static JsonObject ObjectOr(JsonNode? node, string name) => node switch
    {
        null => [],
        JsonObject map => map,
        _ => throw Malformed($"Template format error: [{name}] must be an object."),
    };

    private static void Refuse(IEnumerable<string> names, string words)
    {
        if (names.ToList() is { Count: > 0 } found)
        {
            throw Malformed(string.Format(null, words, string.Join(", ", found)));
        }
    }

    private static StandInFault Malformed(string message) => StandInFault.Validation(message);

    private void CheckReferences()
    {
        bool IsKnown(string name) => Resources.ContainsKey(name) || Parameters.ContainsKey(name) || name.StartsWith("AWS::", StringComparison.Ordinal);
        Refuse(Resources.Values.SelectMany(resource => resource.Needs).Where(name => !IsKnown(name)).Distinct(),
            "Template format error: Unresolved resource dependencies [{0}] in the Resources block of the template");
        Refuse(ReferencesOf(Outputs).Where(name => !IsKnown(name)).Distinct(),
            "Template format error: Unresolved resource dependencies [{0}] in the Outputs block of the template");
        foreach (var path in Descend(Resources.Values.Select(resource => (JsonNode)resource.Properties).Append(Outputs)))
        {
            if (path["Fn::GetAtt"] is JsonArray { Count: 2 } parts && Resources.TryGetValue(parts[0]!.ToString(), out var resource)
                && !resource.Type.Attributes.Contains(parts[1]!.ToString()))
            {
                throw Malformed($"Template error: resource {parts[0]} does not support attribute type {parts[1]} in Fn::GetAtt");
            }
        }
    }

    private static IEnumerable<JsonObject> Descend(IEnumerable<JsonNode?> nodes) => nodes.SelectMany(node => node switch
    {
        JsonObject map => Descend(map.Select(pair => pair.Value)).Prepend(map),
        JsonArray list => Descend(list),
        _ => [],
    });

    private List<TemplateResource> InOrder()
    {
        List<TemplateResource> order = [];
        while (order.Count < Resources.Count)
        {
            var next = Resources.Values.FirstOrDefault(resource =>
                !order.Contains(resource) && resource.Needs.All(need => !Resources.TryGetValue(need, out var needed) || order.Contains(needed)));
            order.Add(next ?? throw Malformed(
                $"Circular dependency between resources: [{string.Join(", ", Resources.Keys.Except(order.Select(resource => resource.Name)))}]"));
        }
        return order;
    }
}
