using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Engine.Training.Data;

/// <summary>Tools and calls of them, which are the same in all forms but for how they are wrapped.</summary>
internal static class ToolsForm
{
    private const string Accepted = "accepted is a list of tool descriptions, or a string with such a list as JSON";

    /// <summary>The tools of an example; null where it has none.</summary>
    public static JsonArray? Read(JsonObject line)
    {
        var tools = line["tools"];
        if (tools?.GetValueKind() == JsonValueKind.String)
        {
            tools = Fields.Text(tools, "'tools'") is { Length: > 0 } json ? Parse(json) : null;
        }

        return tools switch
        {
            null or JsonArray { Count: 0 } => null,
            JsonArray list when list.All(tool => tool is JsonObject) => (JsonArray)list.DeepClone(),
            _ => throw new ExampleException($"'tools' is {Fields.KindOf(tools)}; {Accepted}."),
        };
    }

    /// <summary>Calls as templates take them: <c>{"type": "function", "function": {"name": …, "arguments": …}}</c>.</summary>
    public static JsonArray ReadCalls(JsonArray calls) => new([.. calls.Select((call, index) => ReadCall(call, index))]);

    private static JsonObject ReadCall(JsonNode? node, int index)
    {
        var call = node as JsonObject
            ?? throw new ExampleException($"call {index} of a tool is {Fields.KindOf(node)}; accepted is an object.");
        var function = call["function"] as JsonObject ?? call;
        var arguments = function["arguments"];
        if (arguments is not (null or JsonObject) && arguments.GetValueKind() != JsonValueKind.String)
        {
            throw new ExampleException(
                $"the 'arguments' of call {index} are {Fields.KindOf(arguments)}; accepted is an object or a string of JSON.");
        }

        return new JsonObject
        {
            ["type"] = "function",
            ["function"] = new JsonObject
            {
                ["name"] = Fields.NonEmptyText(function, "name"),
                ["arguments"] = arguments?.DeepClone() ?? new JsonObject(),
            },
        };
    }

    private static JsonNode? Parse(string json)
    {
        try
        {
            return Fields.ParseJson(json);
        }
        catch (JsonException)
        {
            throw new ExampleException($"'tools' is the string '{Fields.Shorten(json)}'; {Accepted}.");
        }
    }
}
