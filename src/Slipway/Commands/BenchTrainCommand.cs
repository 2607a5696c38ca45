using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Engine.Kernels;
using Slipway.Engine.Training;

namespace Slipway.Commands;

/// <summary><c>slipway bench train</c>: how fast a model of a given size trains here.</summary>
internal static class BenchTrainCommand
{
    private static readonly Option<int> Layers = Size("--layers", "Layers.", 6);
    private static readonly Option<int> Hidden = Size("--hidden", "Width of the residual stream.", 256);
    private static readonly Option<int> FeedForward = Size("--feed-forward", "Width inside the feed-forward layers.", 768);
    private static readonly Option<int> Heads = Size("--heads", "Query heads.", 4);
    private static readonly Option<int> KeyHeads = Size("--key-heads", "Key and value heads.", 2);
    private static readonly Option<int> HeadLength = Size("--head-length", "Values of a head.", 64);
    private static readonly Option<int> Vocabulary = Size("--vocabulary", "Tokens of the vocabulary.", 4096);
    private static readonly Option<int> Examples = Size("--examples", "Examples in a step.", 16);
    private static readonly Option<int> Length = Size("--length", "Tokens of an example.", 256);
    private static readonly Option<int> Rounds = Size("--rounds", "Steps after a warm-up; the median counts.", 5);
    private static readonly Option<int> Threads = ModelOptions.Threads();
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON line." };

    public static Command Create()
    {
        var command = new Command("train", "Measure tokens per second of whole training steps of a random model.")
        {
            Layers, Hidden, FeedForward, Heads, KeyHeads, HeadLength, Vocabulary, Examples, Length, Rounds, Threads, Json,
        };
        command.SetAction(Run);
        return command;
    }

    private static Option<int> Size(string name, string description, int value) =>
        new Option<int>(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "N" }.Between(1, 1 << 20);

    private static int Run(ParseResult arguments)
    {
        var model = new NewModelOptions
        {
            Tokenizer = "",
            Layers = arguments.GetValue(Layers),
            HiddenSize = arguments.GetValue(Hidden),
            IntermediateSize = arguments.GetValue(FeedForward),
            AttentionHeads = arguments.GetValue(Heads),
            KeyValueHeads = arguments.GetValue(KeyHeads),
            HeadLength = arguments.GetValue(HeadLength),
        };
        var (examples, length, threads) = (arguments.GetValue(Examples), arguments.GetValue(Length), arguments.GetValue(Threads));
        var result = TrainingSpeed.Measure(model, arguments.GetValue(Vocabulary), examples, length, threads, arguments.GetValue(Rounds));
        var flops = result.TokensPerSecond * result.FlopsPerToken / 1e9;
        if (arguments.GetValue(Json))
        {
            JsonLines.Write(new JsonObject
            {
                ["kernels"] = KernelTable.Choose().ToString().ToLowerInvariant(),
                ["parameters"] = result.Parameters,
                ["threads"] = threads,
                ["examples"] = examples,
                ["length"] = length,
                ["tokens_per_second"] = Math.Round(result.TokensPerSecond, 1),
                ["gflops"] = Math.Round(flops, 1),
            });
        }
        else
        {
            Console.Out.WriteLine($"{result.Parameters / 1e6:f2} million parameters, {threads} threads: {result.TokensPerSecond:f0} tokens/s, {flops:f0} GFLOP/s");
        }
        return CommandLine.Success;
    }
}
