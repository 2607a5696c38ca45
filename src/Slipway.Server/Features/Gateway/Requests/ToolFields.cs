using System.Text.Json.Nodes;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Gateway.Requests;

/// <summary>Reads <c>tools</c>, <c>tool_choice</c> and <c>response_format</c>.</summary>
internal static class ToolFields
{
    private const int MostTools = 512;
    private const int LongestName = 256;
    private const string Definition = "a list of tools {\"type\": \"function\", \"function\": {\"name\", \"parameters\"}}";
    private const string Choice = "'none', 'auto', 'required' or {\"type\": \"function\", \"function\": {\"name\": a tool's name}}";

    /// <summary>A conversation with its tools; the messages are the caller's.</summary>
    public static Conversation Read(JsonField body)
    {
        var tools = body["tools"].IsAbsent ? [] : body["tools"].Items(Definition, max: MostTools).Select(ReadTool).ToList();
        var several = body["parallel_tool_calls"].Flag() ?? true;
        var choice = body["tool_choice"];
        var word = choice.IsText ? choice.Text() : null;
        var conversation = new Conversation { Messages = [], Tools = tools, MayCallSeveral = several };
        if (choice.IsAbsent || word == "auto")
        {
            return conversation;
        }

        if (word == "none")
        {
            return conversation with { Tools = [] };
        }

        if (tools.Count == 0)
        {
            throw choice.Wrong("'none' or 'auto' where no 'tools' are given");
        }

        return word == "required" ? conversation with { MustCall = true } : conversation with
        {
            Tools = [FindTool(choice, tools)],
            MustCall = true,
            MayCallSeveral = false,
        };
    }

    public static OutputRule? ReadOutput(JsonField format)
    {
        const string Accepted = "{\"type\": \"text\"}, {\"type\": \"json_object\"} or {\"type\": \"json_schema\", \"json_schema\": {\"schema\": …}}";
        if (format.IsAbsent)
        {
            return null;
        }

        return format["type"].Required(Accepted).Text(Accepted) switch
        {
            "text" => null,
            "json_object" => new OutputRule.AnyObject(),
            "json_schema" => new OutputRule.Schema(format["json_schema"]["schema"].Required(Accepted).Node(new JsonObject())),
            _ => throw format["type"].Wrong(Accepted),
        };
    }

    private static Tool ReadTool(JsonField tool)
    {
        const string Type = "'function': other tools run on OpenAI's own machines";
        if (tool["type"].Required(Type).Text(Type) != "function")
        {
            throw tool["type"].Wrong(Type);
        }

        var function = tool["function"].Required(Definition);
        const string Name = "a name of 1 to 256 characters";
        var name = function["name"].Required(Name).Text(Name, 1, LongestName)!;
        _ = function["description"].Text();
        var parameters = function["parameters"];
        if (!parameters.IsAbsent && !parameters.IsObject)
        {
            throw parameters.Wrong("a JSON schema of an object");
        }

        return new Tool((JsonObject)tool.Node(new JsonObject()), name, parameters.Node(), function["strict"].Flag() ?? false);
    }

    private static Tool FindTool(JsonField choice, List<Tool> tools)
    {
        var field = choice["function"]["name"];
        if (!choice.IsObject || field.IsAbsent)
        {
            throw choice.Wrong(Choice);
        }

        var name = field.Text(Choice);
        return tools.Find(tool => tool.Name == name)
            ?? throw field.Wrong($"one of {string.Join(", ", tools.Take(20).Select(tool => $"'{tool.Name}'"))}");
    }
}
