using System.Text.Json.Nodes;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>What the names in a template stand for.</summary>
internal sealed class TemplateScope(StandInAccount account, StandInStack stack, IReadOnlyDictionary<string, string> parameters)
{
    /// <summary>The value with every function worked out.</summary>
    public JsonNode? Resolve(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject { Count: 1 } map when map["Ref"] is { } name:
                return Ref(name.ToString());
            case JsonObject { Count: 1 } map when map["Fn::GetAtt"] is JsonArray path:
                return GetAtt(path[0]!.ToString(), path[1]!.ToString());
            case JsonObject { Count: 1 } map when map["Fn::Sub"] is { } sub:
                return Sub(sub);
            case JsonObject map:
                return new JsonObject(map.Where(pair => !IsNoValue(pair.Value)).Select(pair => KeyValuePair.Create(pair.Key, Resolve(pair.Value))));
            case JsonArray list:
                return new JsonArray([.. list.Where(item => !IsNoValue(item)).Select(Resolve)]);
            default:
                return node?.DeepClone();
        }
    }

    public Dictionary<string, string> Outputs(JsonObject outputs) =>
        outputs.ToDictionary(pair => pair.Key, pair => Resolve(pair.Value!["Value"])!.ToString());

    private static bool IsNoValue(JsonNode? node) => node is JsonObject { Count: 1 } map && map["Ref"]?.ToString() == "AWS::NoValue";

    private string Ref(string name) => name switch
    {
        "AWS::Region" => account.Region,
        "AWS::AccountId" => StandInAccount.Id,
        "AWS::Partition" => account.Partition,
        "AWS::URLSuffix" => account.UrlSuffix,
        "AWS::StackName" => stack.Name,
        "AWS::StackId" => stack.Id,
        _ when parameters.TryGetValue(name, out var value) => value,
        _ when stack.Parts.TryGetValue(name, out var part) && part.Resource is { } resource => resource.Reference,
        _ => throw StandInFault.Validation($"Template format error: Unresolved resource dependencies [{name}] in the Resources block of the template"),
    };

    private string GetAtt(string name, string attribute) =>
        stack.Parts.GetValueOrDefault(name)?.Resource?.Attribute(attribute)
        ?? throw StandInFault.Validation($"Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt");

    private string Sub(JsonNode sub)
    {
        var (text, own) = sub is JsonArray { Count: 2 } pair ? (pair[0]!.ToString(), pair[1]!.AsObject()) : (sub.ToString(), []);
        return StandInTemplate.SubPart().Replace(text, match =>
        {
            var name = match.Groups[2].Value;
            return match.Groups[1].Length > 0 ? $"${{{name}}}"
                : own[name] is { } value ? Resolve(value)!.ToString()
                : !name.Contains("::", StringComparison.Ordinal) && name.Split('.') is [var resource, var attribute] ? GetAtt(resource, attribute)
                : Ref(name);
        });
    }
}
