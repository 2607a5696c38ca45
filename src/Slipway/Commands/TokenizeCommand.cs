using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Engine.Import;
using Slipway.Engine.Tokenizers;
using Slipway.Models;

namespace Slipway.Commands;

/// <summary><c>slipway tokenize</c>: texts to token ids and back.</summary>
internal static class TokenizeCommand
{
    private static readonly Option<string> Model = new("--model", "-m") { Description = "A GGUF file, a model's folder, a tokenizer.json, or OWNER/NAME[:FORMAT] of a hub, pulled once.", Required = true, HelpName = "FILE" };
    private static readonly Option<bool> Decode = new("--decode") { Description = "Read {\"ids\": […]} and write the text." };
    private static readonly Option<bool> Plain = new("--no-special") { Description = "Read control tokens such as <|im_end|> as plain text." };

    public static Command Create()
    {
        var command = new Command("tokenize", "Read JSON lines {\"text\"} from standard input and write {\"text\", \"ids\"}.") { Model, Decode, Plain };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var tokenizer = ModelFacts.ReadTokenizer(await HubModels.FileOfAsync(arguments.GetRequiredValue(Model), tellsInLines: false, cancellationToken));
        foreach (var line in JsonLines.Read())
        {
            if (arguments.GetValue(Decode))
            {
                line["text"] = tokenizer.Decode(ReadIds(line, tokenizer));
            }
            else
            {
                var text = line["text"] is JsonValue value && value.TryGetValue(out string? given) ? given : throw Missing("text", "a string", line);
                line["ids"] = new JsonArray([.. tokenizer.Encode(text, parseSpecial: !arguments.GetValue(Plain)).Select(id => (JsonNode)id)]);
            }
            JsonLines.Write(line);
        }
        return CommandLine.Success;
    }

    private static int[] ReadIds(JsonObject line, Tokenizer tokenizer)
    {
        var array = line["ids"] as JsonArray ?? throw Missing("ids", "a list of token ids", line);
        return [.. array.Select(node =>
            node is JsonValue value && value.TryGetValue(out int id) && id >= 0 && id < tokenizer.VocabularySize
                ? id
                : throw new CommandException($"'{node?.ToJsonString() ?? "null"}' is not a token id; accepted is 0 to {tokenizer.VocabularySize - 1}."))];
    }

    private static CommandException Missing(string field, string wanted, JsonObject line) =>
        new($"A line needs \"{field}\", {wanted}; this one is {line.ToJsonString(JsonLines.Options)}.");
}
