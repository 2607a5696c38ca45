using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Engine;
using Slipway.Engine.Cache;
using Slipway.Engine.Kernels;
using Slipway.Engine.Sampling;
using Slipway.Engine.Scheduling;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway bench</c>: how fast a model runs here.</summary>
internal static class BenchCommand
{
    private const int ShortPrompt = 8;

    private static readonly Option<string> Model = ModelOptions.Model();
    private static readonly Option<int> Threads = ModelOptions.Threads();
    private static readonly Option<int> Prompt = new Option<int>("--prompt") { Description = "Tokens of the prompt whose computing is timed.", DefaultValueFactory = _ => 512, HelpName = "N" }.Between(1, 1 << 20);
    private static readonly Option<int> Generate = new Option<int>("--generate") { Description = "Tokens whose generation is timed.", DefaultValueFactory = _ => 64, HelpName = "N" }.Between(1, 1 << 20);
    private static readonly Option<int> Batch = new Option<int>("--batch") { Description = "Sequences generated at once; the speed is that of all together.", DefaultValueFactory = _ => 1, HelpName = "N" }.Between(1, 256);
    private static readonly Option<KvFormat?> KvType = ModelOptions.KvType();
    private static readonly Option<int> Rounds = new Option<int>("--rounds") { Description = "Rounds after a warm-up; the median counts.", DefaultValueFactory = _ => 3, HelpName = "N" }.Between(1, 1000);
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON line." };

    public static Command Create()
    {
        var command = new Command("bench", "Measure tokens per second of prompt (pp) and of generation (tg).")
        {
            Model, Threads, Prompt, Generate, Batch, KvType, Rounds, Json, BenchTrainCommand.Create(),
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (prompt, generate, batch) = (arguments.GetValue(Prompt), arguments.GetValue(Generate), arguments.GetValue(Batch));
        using var model = await ModelLoading.LoadAsync(arguments.GetRequiredValue(Model), cancellationToken);
        if (prompt >= model.ContextLength || generate + ShortPrompt >= model.ContextLength)
        {
            throw new CommandException($"The model's context is {model.ContextLength} tokens; choose a smaller --prompt or --generate.");
        }
        await using var engine = new InferenceEngine(model, new EngineOptions
        {
            Threads = arguments.GetValue(Threads),
            MaxSequences = batch,
            KvFormat = arguments.GetValue(KvType).GetValueOrDefault(),
            // Random weights go round in circles, which is easily guessed: that would be no speed of the kernels.
            DraftTokens = 0,
            KvTokens = Math.Max(prompt + 64, batch * (ShortPrompt + generate + 64)),
        });
        await PromptSpeedAsync(engine, model, prompt, round: 0, cancellationToken);
        List<double> pp = [], tg = [];
        for (var round = 1; round <= arguments.GetValue(Rounds); round++)
        {
            pp.Add(await PromptSpeedAsync(engine, model, prompt, round, cancellationToken));
            tg.Add(await GenerationSpeedAsync(engine, model, generate, batch, round, cancellationToken));
        }
        Write(arguments, new JsonObject
        {
            ["engine"] = $"slipway {typeof(BenchCommand).Assembly.GetName().Version?.ToString(3)}",
            ["model"] = Path.GetFileName(arguments.GetRequiredValue(Model)),
            ["quantization"] = model.Quantization,
            ["kernels"] = KernelTable.Choose().ToString().ToLowerInvariant(),
            ["kv_type"] = engine.KvFormat.Name(),
            ["threads"] = arguments.GetValue(Threads),
            ["batch"] = batch,
            [$"pp{prompt}"] = Math.Round(Median(pp), 1),
            [$"tg{generate}"] = Math.Round(Median(tg), 2),
        });
        return CommandLine.Success;
    }

    /// <summary>Tokens per second until the first token after the prompt.</summary>
    private static async Task<double> PromptSpeedAsync(
        InferenceEngine engine, LanguageModel model, int tokens, int round, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await engine.Submit(Request(model, tokens, 1, round)).Completion.WaitAsync(cancellationToken);
        return tokens / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Tokens per second over all sequences, without the time that the short prompt and the first token take.</summary>
    private static async Task<double> GenerationSpeedAsync(
        InferenceEngine engine, LanguageModel model, int tokens, int batch, int round, CancellationToken cancellationToken)
    {
        var first = await TimeAsync(engine, model, 1, batch, (2 * round * batch) + 1_000_000, cancellationToken);
        var all = await TimeAsync(engine, model, tokens + 1, batch, (((2 * round) + 1) * batch) + 1_000_000, cancellationToken);
        return tokens * batch / (all - first).TotalSeconds;
    }

    private static async Task<TimeSpan> TimeAsync(
        InferenceEngine engine, LanguageModel model, int tokens, int batch, int salt, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var generations = Enumerable.Range(0, batch).Select(i => engine.Submit(Request(model, ShortPrompt, tokens, salt + i))).ToList();
        await Task.WhenAll(generations.Select(generation => generation.Completion)).WaitAsync(cancellationToken);
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>A prompt that no round had before, so that nothing of it is found in the cache.</summary>
    private static GenerationRequest Request(LanguageModel model, int prompt, int generate, int salt) => new()
    {
        Prompt = [.. Enumerable.Range(0, prompt).Select(i =>
            (int)((1000 + (i * 7919L) + (salt * 104_729L)) % Math.Min(model.Tokenizer.VocabularySize, 100_000)))],
        MaxTokens = generate,
        IgnoreEnd = true,
        Sampling = SamplingOptions.Greedy,
    };

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static void Write(ParseResult arguments, JsonObject result)
    {
        if (arguments.GetValue(Json))
        {
            JsonLines.Write(result);
            return;
        }
        foreach (var (key, value) in result)
        {
            Console.Out.WriteLine($"{key,-14} {value}{(key[..2] is "pp" or "tg" ? " tokens/s" : "")}");
        }
    }
}
