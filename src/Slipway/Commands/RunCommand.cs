using System.CommandLine;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engine;
using Slipway.Engine.Sampling;
using Slipway.Engine.Scheduling;
using Slipway.Models;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway run</c>: continues one prompt and ends.</summary>
internal static class RunCommand
{
    private static readonly Option<string?> Model = ModelOptions.ModelOrBundled();
    private static readonly Option<string> Prompt = new("--prompt", "-p") { Description = "The text to continue; - reads standard input.", Required = true, HelpName = "TEXT" };
    private static readonly Option<bool> Chat = new("--chat") { Description = "Put the prompt into the model's chat template, as a user's message." };
    private static readonly Option<int> MaxTokens = new Option<int>("--max-tokens", "-n") { Description = "Tokens to generate at most.", DefaultValueFactory = _ => 256, HelpName = "N" }.Between(1, 1 << 24);
    private static readonly Option<float> Temperature = ModelOptions.Temperature();
    private static readonly Option<float> TopP = new("--top-p") { Description = "Keep the best tokens until their probabilities reach this sum.", DefaultValueFactory = _ => 1f, HelpName = "X" };
    private static readonly Option<int> TopK = new("--top-k") { Description = "Keep this many of the best tokens; 0 keeps all.", HelpName = "N" };
    private static readonly Option<float> RepetitionPenalty = new("--repetition-penalty") { Description = "Above 1 discourages repeating.", DefaultValueFactory = _ => 1f, HelpName = "X" };
    private static readonly Option<ulong?> Seed = new("--seed") { Description = "The same seed gives the same text.", HelpName = "N" };
    private static readonly Option<string[]> Stop = new("--stop") { Description = "End before this text; may be given several times.", HelpName = "TEXT" };
    private static readonly Option<int?> Logprobs = new("--logprobs") { Description = "With --json: report each token with its N most probable alternatives, 0 to 20.", HelpName = "N" };
    private static readonly Option<bool> IgnoreEnd = new("--ignore-eos") { Description = "Go on past the model's end tokens." };
    private static readonly Option<int> Threads = ModelOptions.Threads();
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object at the end instead of the text as it comes." };

    public static Command Create()
    {
        var command = new Command("run", "Continue a prompt and print what the model writes.")
        {
            Model, Prompt, Chat, MaxTokens, Temperature, TopP, TopK, RepetitionPenalty, Seed, Stop, Logprobs, IgnoreEnd, Threads, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var model = await ModelLoading.LoadAsync(BundledModel.Or(arguments.GetValue(Model)), cancellationToken);
        var prompt = arguments.GetRequiredValue(Prompt);
        if (prompt == "-")
        {
            prompt = await Console.In.ReadToEndAsync(cancellationToken);
        }
        var request = ToRequest(arguments, model, arguments.GetValue(Chat) ? Render(model, prompt) : prompt);
        await using var engine = new InferenceEngine(model, new EngineOptions { Threads = arguments.GetValue(Threads), MaxSequences = 1 });
        var started = Stopwatch.GetTimestamp();
        var generation = engine.Submit(request);
        var json = arguments.GetValue(Json);
        var (text, tokens) = await ReadAsync(generation, echo: !json, cancellationToken);
        var result = await generation.Completion;
        if (json)
        {
            WriteJson(model, text, tokens, result, Stopwatch.GetElapsedTime(started), withLogprobs: arguments.GetValue(Logprobs) is not null);
        }
        else
        {
            Console.Out.WriteLine();
        }
        return CommandLine.Success;
    }

    private static string Render(LanguageModel model, string prompt)
    {
        return model.ChatTemplate is null
            ? throw new CommandException($"The model '{model.Name}' has no chat template; leave --chat out.")
            : model.RenderPrompt([new JsonObject { ["role"] = "user", ["content"] = prompt }]);
    }

    private static GenerationRequest ToRequest(ParseResult arguments, LanguageModel model, string prompt) => new()
    {
        Prompt = model.EncodePrompt(prompt),
        MaxTokens = arguments.GetValue(MaxTokens),
        Stop = arguments.GetValue(Stop) ?? [],
        IgnoreEnd = arguments.GetValue(IgnoreEnd),
        Sampling = new SamplingOptions
        {
            Temperature = arguments.GetValue(Temperature),
            TopP = arguments.GetValue(TopP),
            TopK = arguments.GetValue(TopK),
            RepetitionPenalty = arguments.GetValue(RepetitionPenalty),
            Seed = arguments.GetValue(Seed),
            TopLogprobs = arguments.GetValue(Logprobs) ?? (arguments.GetValue(Json) ? 0 : null),
        },
    };

    private static async Task<(string Text, List<TokenProbability> Tokens)> ReadAsync(
        Generation generation, bool echo, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        List<TokenProbability> tokens = [];
        await foreach (var piece in generation.ReadAllAsync(cancellationToken))
        {
            text.Append(piece.Text);
            tokens.AddRange(piece.Tokens ?? []);
            if (echo)
            {
                Console.Out.Write(piece.Text);
                await Console.Out.FlushAsync(cancellationToken);
            }
        }
        return (text.ToString(), tokens);
    }

    private static void WriteJson(
        LanguageModel model, string text, List<TokenProbability> tokens, GenerationResult result, TimeSpan elapsed, bool withLogprobs)
    {
        JsonObject Describe(int id, float logprob) => new()
        {
            ["id"] = id,
            ["token"] = model.Tokenizer.Decode([id]),
            ["logprob"] = logprob,
        };
        var output = new JsonObject
        {
            ["model"] = model.Name,
            ["text"] = text,
            ["ids"] = new JsonArray([.. tokens.Select(token => (JsonNode)token.Id)]),
            ["finish_reason"] = result.Reason == FinishReason.Length ? "length" : "stop",
            ["prompt_tokens"] = result.PromptTokens,
            ["completion_tokens"] = result.CompletionTokens,
            ["seconds"] = Math.Round(elapsed.TotalSeconds, 3),
        };
        if (withLogprobs)
        {
            output["logprobs"] = new JsonArray([.. tokens.Select(token =>
            {
                var entry = Describe(token.Id, token.Logprob);
                entry["top"] = new JsonArray([.. token.Top.Select(top => Describe(top.Id, top.Logprob))]);
                return (JsonNode)entry;
            })]);
        }
        JsonLines.Write(output);
    }
}
