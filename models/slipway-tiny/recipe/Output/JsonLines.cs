using System.Text.Encodings.Web;
using System.Text.Json;

namespace Slipway.Recipe.Output;

/// <summary>Writes JSONL.</summary>
internal static class JsonLines
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void WriteLines(string path, IEnumerable<Line> lines) => Write(path, lines, (json, line, _) =>
    {
        WriteMessages(json, line.Messages);
        if (!line.Thinks)
        {
            json.WriteBoolean("enable_thinking", false);
        }
    });

    public static void WriteHeldOut(string path, IEnumerable<HeldOutItem> items) => Write(path, items, (json, item, number) =>
    {
        json.WriteString("id", $"{item.Group}-{item.Language.Code()}-{number}");
        json.WriteString("group", item.Group);
        json.WriteString("lang", item.Language.Code());
        WriteMessages(json, item.Messages);
        if (item.EnableThinking is { } thinking)
        {
            json.WriteBoolean("enable_thinking", thinking);
        }
        WriteTexts(json, "accept", item.Expected.All);
        WriteTexts(json, "accept_any", item.Expected.Any);
        if (item.Expected.Number is { } expected)
        {
            json.WriteNumber("number", expected);
        }
    });

    private static void Write<T>(string path, IEnumerable<T> items, Action<Utf8JsonWriter, T, int> writeFields)
    {
        using var file = File.Create(path);
        using var json = new Utf8JsonWriter(file, Options);
        var number = 0;
        foreach (var item in items)
        {
            json.Reset();
            json.WriteStartObject();
            writeFields(json, item, ++number);
            json.WriteEndObject();
            json.Flush();
            file.Write("\n"u8);
        }
    }

    private static void WriteMessages(Utf8JsonWriter json, IReadOnlyList<Message> messages)
    {
        json.WriteStartArray("messages");
        foreach (var message in messages)
        {
            json.WriteStartObject();
            json.WriteString("role", message.Role);
            if (message.Reasoning is { } reasoning)
            {
                json.WriteString("reasoning_content", reasoning);
            }
            json.WriteString("content", message.Content);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
        {
            return;
        }
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }
        json.WriteEndArray();
    }
}
