using System.Text.Json.Nodes;

namespace Slipway.Engine.Training.Data;

/// <summary><c>instruction</c>, <c>input</c>, <c>output</c>, <c>system</c>, and <c>history</c> as pairs of question and answer.</summary>
internal static class AlpacaForm
{
    public static List<JsonObject> Read(JsonObject line)
    {
        List<JsonObject> messages = [];
        if (Fields.OptionalText(line, "system") is { Length: > 0 } system)
        {
            messages.Add(ConversationRules.Message("system", system));
        }

        ReadHistory(line, messages);
        string?[] question = [Fields.Text(line, "instruction"), Fields.OptionalText(line, "input")];
        messages.Add(ConversationRules.Message("user", string.Join('\n', question.Where(part => !string.IsNullOrEmpty(part)))));
        messages.Add(ConversationRules.Message("assistant", Fields.Text(line, "output")));
        return messages;
    }

    private static void ReadHistory(JsonObject line, List<JsonObject> messages)
    {
        if (line["history"] is not { } history)
        {
            return;
        }

        if (history is not JsonArray turns)
        {
            throw new ExampleException($"'history' is {Fields.KindOf(history)}; accepted is a list of pairs [question, answer].");
        }

        for (var i = 0; i < turns.Count; i++)
        {
            if (turns[i] is not JsonArray { Count: 2 } pair)
            {
                throw new ExampleException($"'history[{i}]' is {Fields.KindOf(turns[i])}; accepted is a pair [question, answer].");
            }

            messages.Add(ConversationRules.Message("user", Fields.Text(pair[0], $"'history[{i}][0]'")));
            messages.Add(ConversationRules.Message("assistant", Fields.Text(pair[1], $"'history[{i}][1]'")));
        }
    }
}
