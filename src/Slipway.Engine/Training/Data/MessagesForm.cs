using System.Text.Json.Nodes;

namespace Slipway.Engine.Training.Data;

/// <summary><c>messages</c> as OpenAI's chat API takes them, with <c>reasoning_content</c> beside the content of an answer.</summary>
internal static class MessagesForm
{
    public static List<JsonObject> Read(JsonObject line) => [.. Fields.Objects(line, "messages").Select(ReadMessage)];

    private static JsonObject ReadMessage(JsonObject given)
    {
        var role = Fields.Text(given, "role") switch
        {
            "developer" => "system",
            "function" => "tool",
            var known and ("system" or "user" or "assistant" or "tool") => known,
            var other => throw new ExampleException(
                $"'role' is '{Fields.Shorten(other)}'; accepted are system, developer, user, assistant, tool and function."),
        };
        var message = ConversationRules.Message(role, ReadContent(given, mayBeMissing: role == "assistant"));
        if (role == "assistant" && Fields.OptionalText(given, "reasoning_content") is { } reasoning)
        {
            message["reasoning_content"] = reasoning;
        }

        if (role == "assistant" && given["tool_calls"] is { } calls)
        {
            message["tool_calls"] = ToolsForm.ReadCalls(calls as JsonArray
                ?? throw new ExampleException($"'tool_calls' is {Fields.KindOf(calls)}; accepted is a list of calls."));
        }

        return message;
    }

    /// <summary>A string, or a list of parts that are texts.</summary>
    private static string ReadContent(JsonObject message, bool mayBeMissing) => message["content"] switch
    {
        null when mayBeMissing => "",
        JsonArray parts => string.Concat(parts.Select(ReadPart)),
        var content => Fields.Text(content, "'content'"),
    };

    private static string ReadPart(JsonNode? node)
    {
        var part = node as JsonObject
            ?? throw new ExampleException($"a part of 'content' is {Fields.KindOf(node)}; accepted is an object.");
        var type = Fields.Text(part, "type");
        return type == "text"
            ? Fields.Text(part, "text")
            : throw new ExampleException($"a part of 'content' is of type '{Fields.Shorten(type)}'; accepted is text.");
    }
}
