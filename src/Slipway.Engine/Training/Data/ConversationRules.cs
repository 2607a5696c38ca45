using System.Text.Json.Nodes;

namespace Slipway.Engine.Training.Data;

/// <summary>What every conversation must keep to, whatever form it was written in.</summary>
internal static class ConversationRules
{
    private const int MostMessages = 512;

    /// <summary>Characters times messages. Each answer is rendered with all before it, so that is what a conversation costs.</summary>
    private const long MostWork = 1L << 28;

    public static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    public static string RoleOf(JsonObject message) => message["role"]!.GetValue<string>();

    /// <param name="messages">In order.</param>
    /// <param name="length">Of the line that they stand on, in characters.</param>
    /// <exception cref="ExampleException">The turns are not in order, one is empty, or the conversation is too long.</exception>
    public static void Check(List<JsonObject> messages, int length)
    {
        CheckLength(messages.Count, length);
        var previous = "";
        for (var i = 0; i < messages.Count; i++)
        {
            var role = RoleOf(messages[i]);
            if (!MayFollow(role, previous, isFirst: i == 0))
            {
                throw new ExampleException(
                    $"message {i + 1} is the {role}'s after {(i == 0 ? "nothing" : $"the {previous}'s")}; accepted is a system message "
                    + "or none, then in turn the user's (or tools' after an answer) and the assistant's.");
            }

            if (IsEmpty(messages[i]))
            {
                throw new ExampleException(
                    $"message {i + 1}, the {role}'s, is empty; accepted is some text{(role == "assistant" ? " or a tool call" : "")}.");
            }

            previous = role;
        }

        if (previous != "assistant")
        {
            throw new ExampleException($"the last message is the {previous}'s; accepted is the assistant's: it is what is learned.");
        }
    }

    private static void CheckLength(int count, int length)
    {
        if (count > MostMessages)
        {
            throw new ExampleException($"the conversation has {count} messages; accepted are {MostMessages}.");
        }

        if ((long)count * length > MostWork)
        {
            throw new ExampleException(
                $"the conversation has {count} messages in {length} characters; accepted are {MostWork / count} for that many.");
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
