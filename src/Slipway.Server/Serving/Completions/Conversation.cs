using System.Text.Json.Nodes;

namespace Slipway.Server.Serving.Completions;

/// <summary>A conversation with everything that a template may ask for. Texts in it are as the client sent them.</summary>
internal sealed record Conversation
{
    /// <summary>Objects with <c>role</c>, <c>content</c> and whatever belongs to the role; oldest first.</summary>
    public required JsonArray Messages { get; init; }

    /// <summary>Tools that may be called, in OpenAI's form; empty for none.</summary>
    public IReadOnlyList<Tool> Tools { get; init; } = [];

    /// <summary>Whether a tool must be called.</summary>
    public bool MustCall { get; init; }

    /// <summary>Whether one answer may call several.</summary>
    public bool MayCallSeveral { get; init; } = true;

    /// <summary>Further variables for the template, such as <c>enable_thinking</c>.</summary>
    public JsonObject Variables { get; init; } = [];
}

/// <summary>A function that the model may call.</summary>
/// <param name="Definition">The whole object, <c>{"type": "function", "function": {…}}</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">JSON schema of its arguments; null takes any object.</param>
/// <param name="IsStrict">Whether the arguments must fit the schema.</param>
internal sealed record Tool(JsonObject Definition, string Name, JsonNode? Parameters, bool IsStrict);

/// <summary>What the text of an answer must be.</summary>
internal abstract record OutputRule
{
    private OutputRule()
    {
    }

    /// <summary>Some JSON object.</summary>
    internal sealed record AnyObject : OutputRule;

    /// <summary>JSON that fits <paramref name="Definition"/>.</summary>
    internal sealed record Schema(JsonNode Definition) : OutputRule;
}
