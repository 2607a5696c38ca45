using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Engine.Training.Data;

/// <summary>Takes values out of an example's objects and says what is wrong with them. A null counts as absent.</summary>
internal static class Fields
{
    private const int Shown = 40;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>A string, or null where there is none.</summary>
    public static string? OptionalText(JsonObject owner, string key) =>
        owner[key] is not { } value ? null : Text(value, $"'{key}'");

    /// <summary>A string that has to be there; it may be empty.</summary>
    public static string Text(JsonObject owner, string key) =>
        OptionalText(owner, key) ?? throw new ExampleException($"'{key}' is missing; accepted is a string.");

    /// <summary>A string that has to be there with something in it.</summary>
    public static string NonEmptyText(JsonObject owner, string key) =>
        Text(owner, key) is { Length: > 0 } text
            ? text
            : throw new ExampleException($"'{key}' is empty; accepted is a string with some text.");

    /// <summary>The string that a node is.</summary>
    /// <param name="node">Any node.</param>
    /// <param name="name">How a message calls it.</param>
    public static string Text(JsonNode? node, string name)
    {
        if (node?.GetValueKind() != JsonValueKind.String)
        {
            throw new ExampleException($"{name} is {KindOf(node)}; accepted is a string.");
        }

        return node.GetValue<string>();
    }

    public static bool? OptionalFlag(JsonObject owner, string key) => owner[key] is not { } value ? null : value.GetValueKind() switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new ExampleException($"'{key}' is {KindOf(value)}; accepted are true and false."),
    };

    /// <summary>A list of objects that has to be there with something in it.</summary>
    public static IEnumerable<JsonObject> Objects(JsonObject owner, string key)
    {
        if (owner[key] is not JsonArray { Count: > 0 } list)
        {
            throw new ExampleException($"'{key}' is {KindOf(owner[key])}; accepted is a list of objects that is not empty.");
        }

        return list.Select((node, index) => node as JsonObject
            ?? throw new ExampleException($"'{key}[{index}]' is {KindOf(node)}; accepted is an object."));
    }

    /// <summary>What a node is, for a message.</summary>
    public static string KindOf(JsonNode? node) => node switch
    {
        null => "null or missing",
        JsonObject => "an object",
        JsonArray { Count: 0 } => "an empty list",
        JsonArray => "a list",
        _ when node.GetValueKind() == JsonValueKind.String => "a string",
        _ => Shorten(node.ToJsonString()),
    };

    public static string Shorten(string text) => text.Length <= Shown ? text : $"{text[..Shown]}…";

    /// <summary>Reads JSON strictly: keys are given once, nesting is at most 64 deep, strings are Unicode text.</summary>
    /// <exception cref="JsonException">It is no JSON, or repeats a key.</exception>
    /// <exception cref="ExampleException">A string is no Unicode text.</exception>
    public static JsonNode? ParseJson(string json)
    {
        try
        {
            return ReadThrough(JsonNode.Parse(json, documentOptions: Strict));
        }
        catch (InvalidOperationException)
        {
            throw new ExampleException("a string has half of a surrogate pair (\\uD800 to \\uDFFF) in it; accepted is Unicode text.");
        }
    }

    /// <summary>A copy in which every key and string has been decoded; the parser itself leaves that, and its faults, for later.</summary>
    private static JsonNode? ReadThrough(JsonNode? node) => node switch
    {
        JsonObject value => new JsonObject(value.Select(pair => KeyValuePair.Create(pair.Key, ReadThrough(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(ReadThrough)]),
        not null when node.GetValueKind() == JsonValueKind.String => JsonValue.Create(node.GetValue<string>()),
        _ => node?.DeepClone(),
    };
}
