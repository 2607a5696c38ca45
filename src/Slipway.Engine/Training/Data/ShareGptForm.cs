using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Engine.Training.Data;

/// <summary><c>conversations</c> of turns with <c>from</c> and <c>value</c>, and <c>system</c> beside it.</summary>
internal static class ShareGptForm
{
    public static List<JsonObject> Read(JsonObject line)
    {
        List<JsonObject> messages = [];
        if (Fields.OptionalText(line, "system") is { Length: > 0 } system)
        {
            messages.Add(ConversationRules.Message("system", system));
        }

        messages.AddRange(Fields.Objects(line, "conversations").Select(ReadTurn));
        return messages;
    }

    private static JsonObject ReadTurn(JsonObject turn)
    {
        var (from, value) = (Fields.Text(turn, "from"), Fields.Text(turn, "value"));
        return from switch
        {
            "human" or "user" => ConversationRules.Message("user", value),
            "gpt" or "assistant" => ConversationRules.Message("assistant", value),
            "system" => ConversationRules.Message("system", value),
            "observation" or "tool" => ConversationRules.Message("tool", value),
            "function_call" => ReadCall(value),
            _ => throw new ExampleException(
                $"'from' is '{Fields.Shorten(from)}'; accepted are human, user, gpt, assistant, system, observation, tool "
                + "and function_call."),
        };
    }

    /// <summary>The value of a call is JSON once more: an object with name and arguments, or a list of such.</summary>
    private static JsonObject ReadCall(string value)
    {
        JsonNode? node;
        try
        {
            node = Fields.ParseJson(value);
        }
        catch (JsonException)
        {
            throw new ExampleException(
                $"the function_call '{Fields.Shorten(value)}' is not JSON; "
                + "accepted is {\"name\": …, \"arguments\": …} or a list of such.");
        }

        var message = ConversationRules.Message("assistant", "");
        message["tool_calls"] = ToolsForm.ReadCalls(node is JsonArray list ? list : [node?.DeepClone()]);
        return message;
    }
}
