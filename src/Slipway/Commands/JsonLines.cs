using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Slipway.Client;
using Slipway.Server.Platform.Json;

namespace Slipway.Commands;

/// <summary>JSON in and out, a line each; Chinese stays readable.</summary>
internal static class JsonLines
{
    public static JsonSerializerOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As a server writes it.</summary>
    private static JsonSerializerOptions Wire { get; } = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = WireText.Encoder,
        Converters = { new UtcTimeConverter() },
    };

    public static void Write(JsonNode node) => Console.Out.WriteLine(node.ToJsonString(Options));

    /// <summary>What a server answered, in its own words.</summary>
    public static void WriteAnswer<T>(T answer) => Console.Out.WriteLine(JsonSerializer.Serialize(answer, Wire));

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
