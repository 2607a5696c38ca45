using System.Text.Json.Nodes;

namespace Slipway.Engine.Training.Data;

/// <summary>What every conversation must keep to, whatever form it was written in.</summary>
internal static class ConversationRules
{
    /// <summary>Messages of one conversation: rendering takes time in proportion to their square.</summary>
    private const int MostMessages = 512;

    public static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    public static string RoleOf(JsonObject message) => message["role"]!.GetValue<string>();

    /// <exception cref="ExampleException">The turns are not in order, or one is empty.</exception>
    public static void Check(List<JsonObject> messages)
    {
        if (messages.Count > MostMessages)
        {
            throw new ExampleException($"the conversation has {messages.Count} messages; accepted are {MostMessages}.");
        }

        var previous = "";
        for (var i = 0; i < messages.Count; i++)
        {
            var role = RoleOf(messages[i]);
            if (!MayFollow(role, previous, isFirst: i == 0))
            {
                throw new ExampleException(
                    $"message {i + 1} is the {role}'s after {(i == 0 ? "nothing" : $"the {previous}'s")}; accepted is a system message or none, "
                    + "then in turn the user's (or tools' after an answer) and the assistant's.");
            }

            if (IsEmpty(messages[i]))
            {
                throw new ExampleException($"message {i + 1}, the {role}'s, is empty; accepted is some text{(role == "assistant" ? " or a tool call" : "")}.");
            }

            previous = role;
        }

        if (previous != "assistant")
        {
            throw new ExampleException($"the last message is the {previous}'s; accepted is the assistant's: it is what is learned.");
        }
    }

    private static bool MayFollow(string role, string previous, bool isFirst) => role switch
    {
        "system" => isFirst,
        "user" => previous is "" or "system" or "assistant",
        "tool" => previous is "assistant" or "tool",
        _ => previous is "user" or "tool",
    };

    /// <summary>A tool may well return nothing, and a system message say nothing.</summary>
    private static bool IsEmpty(JsonObject message) =>
        RoleOf(message) is "user" or "assistant" && message["content"]!.GetValue<string>().Length == 0
        && message["tool_calls"] is not JsonArray { Count: > 0 };
}
