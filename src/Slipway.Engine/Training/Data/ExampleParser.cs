using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Engine.Training.Data;

/// <summary>Reads one line: Alpaca, ShareGPT, OpenAI messages or plain text, each known by its keys.</summary>
internal static class ExampleParser
{
    private const string AcceptedConversations =
        "'messages' (OpenAI), 'conversations' (ShareGPT) and 'instruction' with 'output' (Alpaca)";

    /// <exception cref="ExampleException">The line is no example of this stage; the message says why and what would be.</exception>
    public static Example Parse(string json, TrainingStage stage)
    {
        var line = ParseObject(json);
        if (stage == TrainingStage.Pretraining)
        {
            return line.ContainsKey("text")
                ? new PlainText(Fields.NonEmptyText(line, "text"))
                : throw new ExampleException($"the line has {Keys(line)}; accepted in pretraining is 'text'.");
        }

        var messages =
            line.ContainsKey("messages") ? MessagesForm.Read(line)
            : line.ContainsKey("conversations") ? ShareGptForm.Read(line)
            : line.ContainsKey("instruction") ? AlpacaForm.Read(line)
            : throw new ExampleException($"the line has {Keys(line)}; accepted in fine-tuning are {AcceptedConversations}.");
        ConversationRules.Check(messages, json.Length);
        return new Conversation(messages, ToolsForm.Read(line), Fields.OptionalFlag(line, "enable_thinking"));
    }

    private static JsonObject ParseObject(string json)
    {
        JsonNode? node;
        try
        {
            node = Fields.ParseJson(json);
        }
        catch (JsonException exception)
        {
            // Of the message only the first sentence: the place that follows counts lines of this one line.
            var reason = exception.Message.Split(" LineNumber:")[0].Split(" Path:")[0];
            throw new ExampleException(json.TrimStart().StartsWith('[')
                ? "a JSON array begins here; accepted is one JSON object per line (JSONL)."
                : $"the line is not JSON at byte {exception.BytePositionInLine ?? 0}: {reason} Accepted is one JSON object per line.");
        }

        return node as JsonObject
            ?? throw new ExampleException($"the line is {Fields.KindOf(node)}; accepted is one JSON object per line.");
    }

    private static string Keys(JsonObject line)
    {
        const int Most = 8;
        var keys = line.Select(pair => $"'{Fields.Shorten(pair.Key)}'").Take(Most);
        return line.Count == 0 ? "no keys" : $"the keys {string.Join(", ", keys)}{(line.Count > Most ? ", …" : "")}";
    }
}
