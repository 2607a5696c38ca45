using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Commands;

namespace Slipway.Evaluation;

/// <summary>One line of a question file.</summary>
internal sealed record Question
{
    /// <summary>What reports call it; where the line has none, its number.</summary>
    public required string Id { get; init; }

    public required string Group { get; init; }

    public required string Language { get; init; }

    public required JsonArray Messages { get; init; }

    /// <summary>Handed to the chat template; null leaves it to the template.</summary>
    public bool? EnableThinking { get; init; }

    public required AnswerKey Key { get; init; }

    /// <summary>Reads a file of questions, a JSON object a line.</summary>
    /// <exception cref="CommandException">A line is not a question; the message names it and what would be accepted.</exception>
    public static IReadOnlyList<Question> ReadFile(string path)
    {
        List<Question> questions = [];
        foreach (var (number, line) in BoundedLines.Read(path))
        {
            try
            {
                questions.Add(Parse(line, number));
            }
            catch (Exception exception) when (exception is JsonException or ArgumentException)
            {
                throw new CommandException($"{path}:{number}: {exception.Message}");
            }
        }
        return questions.Count > 0 ? questions : throw new CommandException($"'{path}' holds no question.");
    }

    /// <exception cref="JsonException">It is not a question.</exception>
    internal static Question Parse(string line, int number)
    {
        var entry = Entry(line);
        var key = new AnswerKey
        {
            All = Texts(entry, "accept"),
            Any = Texts(entry, "accept_any"),
            None = Texts(entry, "reject"),
            Number = Number(entry),
        };
        return new Question
        {
            Id = Text(entry, "id") ?? $"line {number.ToString(CultureInfo.InvariantCulture)}",
            Group = Text(entry, "group") ?? "questions",
            Language = Text(entry, "lang") ?? "",
            Messages = Conversation(entry),
            EnableThinking = Switch(entry),
            Key = key.SaysAnything ? key : throw new JsonException("nothing tells a right answer; accepted are accept, accept_any, reject and number."),
        };
    }

    private static JsonObject Entry(string line)
    {
        const string Wanted = "a question is a JSON object, such as {\"messages\": [{\"role\": \"user\", \"content\": \"…\"}], \"accept\": [\"…\"]}.";
        try
        {
            return JsonNode.Parse(line) as JsonObject ?? throw new JsonException(Wanted);
        }
        catch (JsonException exception) when (exception.LineNumber is not null)
        {
            throw new JsonException($"this is no JSON; {Wanted}", exception);
        }
    }

    private static JsonArray Conversation(JsonObject entry) =>
        entry["messages"] is JsonArray { Count: > 0 } messages
        && messages.All(message => message is JsonObject turn && Text(turn, "role") is not null && Text(turn, "content") is not null)
            ? messages
            : throw new JsonException("messages is missing or not of the form [{\"role\": \"user\", \"content\": \"…\"}].");

    private static string? Text(JsonObject entry, string key) => entry[key] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out string? text) => text,
        var other => throw new JsonException($"{key} is {other.ToJsonString()}; accepted is a text."),
    };

    private static string[] Texts(JsonObject entry, string key) => entry[key] switch
    {
        null => [],
        JsonArray list => [.. list.Select(item => item is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0
            ? text
            : throw new JsonException($"{key} has {item?.ToJsonString() ?? "null"}; accepted are texts that are not empty."))],
        var other => throw new JsonException($"{key} is {other.ToJsonString()}; accepted is a list of texts."),
    };

    private static long? Number(JsonObject entry) => entry["number"] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out long number) => number,
        var other => throw new JsonException($"number is {other.ToJsonString()}; accepted is a whole number."),
    };

    private static bool? Switch(JsonObject entry) => entry["enable_thinking"] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out bool given) => given,
        var other => throw new JsonException($"enable_thinking is {other.ToJsonString()}; accepted is true or false."),
    };
}
