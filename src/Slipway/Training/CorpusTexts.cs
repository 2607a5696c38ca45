using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Commands;

namespace Slipway.Training;

/// <summary>The texts in files that a tokenizer learns from: plain text as it is, of JSON lines what people and models say.</summary>
internal static class CorpusTexts
{
    private const int BlockLength = 1 << 16;

    // Text, Alpaca, OpenAI messages and ShareGPT. Role names and ids are no text.
    private static readonly HashSet<string> Spoken = new(StringComparer.Ordinal)
    {
        "text", "instruction", "input", "output", "system", "content", "reasoning_content", "value",
    };

    // A list of pairs of texts, and lists of objects.
    private static readonly string[] Nested = ["history", "messages", "conversations"];

    /// <summary>Reads file after file, a block or a line at a time.</summary>
    /// <exception cref="CommandException">A line of a .jsonl file is not a JSON object; the message names it.</exception>
    public static IEnumerable<string> Read(IEnumerable<string> paths) => paths.SelectMany(path =>
        path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ? ReadJsonLines(path) : ReadPlain(path));

    private static IEnumerable<string> ReadJsonLines(string path)
    {
        foreach (var (number, line) in BoundedLines.Read(path))
        {
            List<string> texts = [];
            try
            {
                Collect(JsonNode.Parse(line) as JsonObject ?? throw new JsonException("it is not an object."), texts);
            }
            catch (Exception exception) when (exception is JsonException or ArgumentException)
            {
                throw new CommandException($"{path}:{number}: not a JSON object: {exception.Message}");
            }
            foreach (var text in texts)
            {
                yield return text;
            }
        }
    }

    private static void Collect(JsonObject entry, List<string> texts)
    {
        foreach (var (key, value) in entry)
        {
            if (Spoken.Contains(key) && value is JsonValue one && one.TryGetValue(out string? text))
            {
                texts.Add(text);
            }
            else if (value is JsonArray list && Nested.Contains(key))
            {
                CollectList(list, texts);
            }
        }
    }

    private static void CollectList(JsonArray list, List<string> texts)
    {
        foreach (var item in list)
        {
            if (item is JsonObject turn)
            {
                Collect(turn, texts);
            }
            else if (item is JsonArray pair)
            {
                texts.AddRange(pair.OfType<JsonValue>().Select(said => said.TryGetValue(out string? text) ? text : "").Where(text => text.Length > 0));
            }
        }
    }

    /// <summary>Blocks that end with a line, or with a word where a line is longer than a block: cutting inside one would teach halves.</summary>
    private static IEnumerable<string> ReadPlain(string path)
    {
        using var reader = new StreamReader(path);
        var buffer = new char[BlockLength];
        var kept = 0;
        for (int length; (length = reader.ReadBlock(buffer, kept, buffer.Length - kept)) > 0;)
        {
            var filled = buffer.AsMemory(0, kept + length);
            var end = EndOfBlock(filled.Span);
            yield return new string(filled.Span[..end]);
            filled[end..].CopyTo(buffer);
            kept = filled.Length - end;
        }
        if (kept > 0)
        {
            yield return new string(buffer, 0, kept);
        }
    }

    private static int EndOfBlock(ReadOnlySpan<char> block)
    {
        if (block.LastIndexOf('\n') is >= 0 and var line)
        {
            return line + 1;
        }
        if (block.LastIndexOf(' ') is > 0 and var word)
        {
            return word;
        }
        return char.IsHighSurrogate(block[^1]) && block.Length > 1 ? block.Length - 1 : block.Length;
    }
}
