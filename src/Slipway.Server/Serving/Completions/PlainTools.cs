using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Client;
using Slipway.Engine.ChatTemplates.ToolCalls;

namespace Slipway.Server.Serving.Completions;

/// <summary>Says in plain messages what a template does not know how to say: tools, their calls and their results.</summary>
internal static class PlainTools
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = WireText.Encoder };

    /// <summary>Conversations in which tools play no part come back as they are.</summary>
    public static JsonArray Spell(Conversation conversation)
    {
        var messages = new JsonArray([.. conversation.Messages.Select(message => SpellMessage(message!.AsObject()))]);
        if (conversation.Tools.Count > 0)
        {
            AddInstructions(messages, Describe(conversation));
        }

        return messages;
    }

    private static JsonObject SpellMessage(JsonObject message)
    {
        var copy = (JsonObject)message.DeepClone();
        var content = message["content"]?.GetValue<string>() ?? "";
        if (message["role"]?.GetValue<string>() == "tool")
        {
            copy["role"] = "user";
            copy["content"] = $"<tool_response>\n{content}\n</tool_response>";
        }
        else if (message["tool_calls"] is JsonArray calls)
        {
            copy.Remove("tool_calls");
            copy["content"] = string.Join('\n', [.. content.Length > 0 ? new[] { content } : [], .. calls.Select(SpellCall)]);
        }

        return copy;
    }

    private static string SpellCall(JsonNode? call)
    {
        var spelled = new JsonObject
        {
            ["name"] = call!["function"]!["name"]!.DeepClone(),
            ["arguments"] = call["function"]!["arguments"]?.DeepClone(),
        };
        return $"{ToolCallSplitter.OpenMark}\n{spelled.ToJsonString(Json)}\n{ToolCallSplitter.CloseMark}";
    }

    private static string Describe(Conversation conversation)
    {
        var text = new StringBuilder("You can call these functions, each given as JSON:\n");
        foreach (var tool in conversation.Tools)
        {
            text.Append(tool.Definition.ToJsonString(Json)).Append('\n');
        }

        text.Append("To call one, write its name and its arguments in this form and nothing else:\n");
        text.Append($"{ToolCallSplitter.OpenMark}\n{{\"name\": \"…\", \"arguments\": {{…}}}}\n{ToolCallSplitter.CloseMark}");
        return text.ToString();
    }

    private static void AddInstructions(JsonArray messages, string instructions)
    {
        if (messages is [JsonObject first, ..] && first["role"]?.GetValue<string>() == "system")
        {
            first["content"] = $"{first["content"]?.GetValue<string>()}\n\n{instructions}".TrimStart();
        }
        else
        {
            messages.Insert(0, new JsonObject { ["role"] = "system", ["content"] = instructions });
        }
    }
}
