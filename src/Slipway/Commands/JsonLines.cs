using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Commands;

/// <summary>JSON in and out, a line each; Chinese stays readable.</summary>
internal static class JsonLines
{
    public static JsonSerializerOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(JsonNode node) => Console.Out.WriteLine(node.ToJsonString(Options));

    /// <summary>Objects from standard input; blank lines are passed over.</summary>
    /// <exception cref="CommandException">A line is not a JSON object; the message names its number.</exception>
    public static IEnumerable<JsonObject> Read()
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        for (var number = 1; input.ReadLine() is { } line; number++)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return Parse(line, number);
            }
        }
    }

    private static JsonObject Parse(string line, int number)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject
                ?? throw new CommandException($"Line {number} of the input is not a JSON object.");
        }
        catch (JsonException exception)
        {
            throw new CommandException($"Line {number} of the input is not JSON: {exception.Message}");
        }
    }
}
