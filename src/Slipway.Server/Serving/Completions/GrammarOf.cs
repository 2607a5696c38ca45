using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Client;
using Slipway.Engine.ChatTemplates.ToolCalls;
using Slipway.Engine.Constraints;

namespace Slipway.Server.Serving.Completions;

/// <summary>What a request's output is held to.</summary>
internal static class GrammarOf
{
    private const int MostCalls = 16;

    private static readonly JsonSerializerOptions Json = new() { Encoder = WireText.Encoder };

    /// <summary>Null where the output is free.</summary>
    /// <exception cref="SchemaRefusedException">A schema asks for more than the engine can hold an output to.</exception>
    public static OutputGrammar? Make(CompletionRequest request, ToolCallFormat format)
    {
        var output = request.Output switch
        {
            OutputRule.AnyObject => OutputGrammar.JsonObject,
            OutputRule.Schema schema => FromSchema(schema.Definition, "response_format.json_schema.schema"),
            _ => null,
        };
        if (request.Conversation is not { Tools.Count: > 0 } conversation)
        {
            return output;
        }

        if (conversation.MustCall)
        {
            return Calls(conversation, format);
        }

        if (output is not null)
        {
            return OutputGrammar.Choice(output, Calls(conversation, format));
        }

        // A bare call has no mark before it that could begin the constraint.
        var isHeld = format == ToolCallFormat.Tagged && conversation.Tools.Any(tool => tool.IsStrict);
        return isHeld ? OutputGrammar.FreeTextUntil(ToolCallSplitter.OpenMark, AnyOf(conversation, tool => Tagged(tool, ""))) : null;
    }

    /// <summary>One call or, where that is allowed, several.</summary>
    private static OutputGrammar Calls(Conversation conversation, ToolCallFormat format)
    {
        var (call, between) = format == ToolCallFormat.Bare
            ? (AnyOf(conversation, Bare), "; ")
            : (AnyOf(conversation, tool => Tagged(tool, ToolCallSplitter.OpenMark)), "\n");
        return conversation.MayCallSeveral
            ? OutputGrammar.Choice(
                call, OutputGrammar.Sequence(call, OutputGrammar.Repeat(OutputGrammar.Sequence(between, call, ""), 1, MostCalls - 1)))
            : call;
    }

    private static OutputGrammar AnyOf(Conversation conversation, Func<Tool, OutputGrammar> call) =>
        OutputGrammar.Choice([.. conversation.Tools.Select(call)]);

    private static OutputGrammar Tagged(Tool tool, string mark) => OutputGrammar.Sequence(
        $"{mark}\n{{\"name\": {Quote(tool.Name)}, \"arguments\": ", Arguments(tool), $"}}\n{ToolCallSplitter.CloseMark}");

    private static OutputGrammar Bare(Tool tool) => OutputGrammar.Sequence(
        $"{{\"name\": {Quote(tool.Name)}, \"parameters\": ", Arguments(tool), "}");

    private static OutputGrammar Arguments(Tool tool)
    {
        if (tool.Parameters is null or JsonObject { Count: 0 })
        {
            return OutputGrammar.JsonObject;
        }

        try
        {
            return FromSchema(tool.Parameters, "tools");
        }
        catch (SchemaRefusedException) when (!tool.IsStrict)
        {
            return OutputGrammar.JsonObject; // Nobody promised that they fit; an object they are.
        }
    }

    private static OutputGrammar FromSchema(JsonNode schema, string param)
    {
        try
        {
            return OutputGrammar.FromJsonSchema(schema);
        }
        catch (UnsupportedSchemaException exception)
        {
            throw new SchemaRefusedException(
                new Refusal(RefusalKind.Unsuitable, ServingSentences.UnsupportedSchema(exception.Feature, exception.Path), Param: param), exception);
        }
    }

    private static string Quote(string name) => JsonSerializer.Serialize(name, Json);
}

/// <summary>A schema asks for more than the engine can hold an output to.</summary>
internal sealed class SchemaRefusedException(Refusal refusal, Exception inner) : Exception(refusal.Sentence.English, inner)
{
    public Refusal Refusal { get; } = refusal;
}
