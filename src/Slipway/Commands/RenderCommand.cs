using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Engine.ChatTemplates;
using Slipway.Engine.Import;
using Slipway.Models;

namespace Slipway.Commands;

/// <summary><c>slipway render</c>: conversations through a model's chat template.</summary>
internal static class RenderCommand
{
    private static readonly Option<string> Model = new("--model", "-m") { Description = "A GGUF file, a model's folder, a tokenizer_config.json, a .jinja file, or OWNER/NAME[:FORMAT] of a hub, pulled once.", Required = true, HelpName = "FILE" };

    public static Command Create()
    {
        var command = new Command(
            "render", "Read JSON lines {\"messages\", \"add_generation_prompt\", \"vars\"} from standard input and write {\"text\"}.") { Model };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var path = await HubModels.FileOfAsync(arguments.GetRequiredValue(Model), tellsInLines: false, cancellationToken);
        var template = ChatTemplate.Parse(ReadSource(path) ?? throw new CommandException($"'{path}' holds no chat template."));
        var code = CommandLine.Success;
        foreach (var line in JsonLines.Read())
        {
            try
            {
                var messages = line["messages"] as JsonArray ?? throw new CommandException("A line needs \"messages\", a list.");
                var generates = line["add_generation_prompt"] is not JsonValue value || !value.TryGetValue(out bool given) || given;
                JsonLines.Write(new JsonObject { ["text"] = template.Render(messages, generates, line["vars"] as JsonObject) });
            }
            catch (ChatTemplateException exception)
            {
                // The lines are independent: the others are still rendered, the exit code tells.
                JsonLines.Write(new JsonObject { ["text"] = null, ["error"] = exception.Message });
                code = CommandLine.Failure;
            }
        }
        return code;
    }

    private static string? ReadSource(string path)
    {
        if (path.EndsWith(".jinja", StringComparison.OrdinalIgnoreCase))
        {
            return File.ReadAllText(path);
        }
        if (!path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return ModelFacts.ReadChatTemplate(path);
        }
        try
        {
            return JsonNode.Parse(File.ReadAllText(path))?["chat_template"]?.GetValue<string>();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new CommandException($"'{path}' is not a tokenizer_config.json: {exception.Message}");
        }
    }
}
