using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Import;
using Slipway.Engine.Quantization;
using Slipway.Models;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway quantize</c>: stores a model's weights in fewer bits.</summary>
internal static class QuantizeCommand
{
    private static readonly Argument<string> Input = PathArgument.Create("IN", "The model to read: a GGUF file (of a split one, its first part), a folder with one, or OWNER/NAME[:FORMAT] of a hub, pulled once.");
    private static readonly Argument<string> Output = PathArgument.Create("OUT", "The file to write. It appears when it is whole.");
    private static readonly Option<string> Type = new Option<string>("--type") { Description = "q8_0, q6_k, q5_k_m, q4_k_m, q4_0, f16 or bf16.", Required = true, HelpName = "TYPE" };
    private static readonly Option<bool> Report = new("--report") { Description = "Measure and print the error of every tensor." };
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };
    private static readonly Option<bool> Force = new("--force") { Description = "Replace OUT if it exists." };
    private static readonly Option<bool> AllowRequantize = new("--allow-requantize") { Description = "Accept a model that is quantized already; its rounding stays and the new one is added." };
    private static readonly Option<int> Threads = ModelOptions.Threads();

    public static Command Create()
    {
        var command = new Command(
            "quantize", """
            Store a model's weights in fewer bits: smaller, and faster to run.

              slipway quantize model-f16.gguf model-q4_k_m.gguf --type q4_k_m --report

            TYPE     bits   for
            q8_0      8.5   nothing that one can notice is lost
            q6_k      6.6   next to nothing is lost
            q5_k_m    5.7   small losses
            q4_k_m    4.8   the usual choice: half the size of q8_0
            q4_0      4.5   as small as q4_k_m with more error; for programs that read nothing newer
            f16, bf16  16   from F32, halves the size; bf16 holds larger numbers, f16 finer ones

            The K types keep the most sensitive tensors in q6_k, as llama.cpp does. Start from F32, F16 or BF16.
            """) { Input, Output, Type, Report, Json, Force, AllowRequantize, Threads };
        Type.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && Parse(result.Tokens[0].Value) is null)
            {
                result.AddError($"--type is '{result.Tokens[0].Value}'; accepted are {string.Join(", ", Enum.GetNames<QuantizationType>()).ToLowerInvariant()}.");
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (input, output) = (await InputAsync(arguments.GetRequiredValue(Input), cancellationToken), arguments.GetRequiredValue(Output));
        var options = new QuantizationOptions
        {
            Type = Parse(arguments.GetRequiredValue(Type))!.Value,
            Threads = arguments.GetValue(Threads),
            AllowRequantize = arguments.GetValue(AllowRequantize),
            Overwrites = arguments.GetValue(Force),
            MeasureErrors = arguments.GetValue(Report),
        };
        using var stopping = new StopSignals(static () => { });
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token, cancellationToken);
        var outcome = await ProgressBar.RunAsync(
            Path.GetFileName(output), progress => ModelQuantizer.Quantize(input, output, options, progress, linked.Token), linked.Token);
        if (arguments.GetValue(Json))
        {
            JsonLines.Write(ToJson(output, outcome));
        }
        else
        {
            Print(output, outcome, options.MeasureErrors);
        }
        return CommandLine.Success;
    }

    /// <exception cref="CommandException">It is a folder without a GGUF file.</exception>
    private static async Task<string> InputAsync(string given, CancellationToken cancellationToken)
    {
        var path = ModelPath.Resolve(await HubModels.FileOfAsync(given, tellsInLines: false, cancellationToken));
        return !Directory.Exists(path) ? path : throw new CommandException(
            $"'{path}' is a folder, and quantize reads GGUF files; 'slipway convert {given} model.gguf' makes one of it.");
    }

    /// <summary>By name alone: the numbers behind the names are nobody's business.</summary>
    private static QuantizationType? Parse(string text) =>
        Enum.GetValues<QuantizationType>().Cast<QuantizationType?>().FirstOrDefault(
            type => type.ToString()!.Equals(text, StringComparison.OrdinalIgnoreCase));

    private static void Print(string output, QuantizationOutcome outcome, bool isReport)
    {
        if (isReport)
        {
            var table = new TextTable(
                new TableColumn("TENSOR", Least: 12), new TableColumn("SHAPE", IsRight: true), new TableColumn("FROM"), new TableColumn("TO"),
                new TableColumn("RMSE", IsRight: true), new TableColumn("RELATIVE", IsRight: true));
            foreach (var tensor in outcome.Tensors)
            {
                table.Add(tensor.Name, Shape(tensor), tensor.From.ToString(), tensor.To.ToString(), Error(tensor.Error), Share(tensor.RelativeError));
            }
            table.Add("total", Invariant($"{outcome.Values}"), "", "", Error(outcome.Error), Share(outcome.RelativeError));
            table.Write();
        }
        var (before, after) = outcome.BitsPerValue;
        Console.Out.WriteLine(Invariant($"written: {output}, {outcome.Bytes:N0} bytes, {before:f2} → {after:f2} bits per weight"));
    }

    private static string Shape(QuantizedTensor tensor) => string.Join(" × ", tensor.Dimensions);

    private static string Error(double? error) => Invariant($"{error:e3}");

    private static string Share(double? share) => Invariant($"{share * 100:f3} %");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static JsonObject ToJson(string output, QuantizationOutcome outcome) => new()
    {
        ["output"] = output,
        ["bytes"] = outcome.Bytes,
        ["parameters"] = outcome.Values,
        ["bits_per_weight_before"] = outcome.BitsPerValue.Before,
        ["bits_per_weight"] = outcome.BitsPerValue.After,
        ["rmse"] = outcome.Error,
        ["relative_error"] = outcome.RelativeError,
        ["tensors"] = new JsonArray([.. outcome.Tensors.Select(ToJson)]),
    };

    private static JsonNode ToJson(QuantizedTensor tensor) => new JsonObject
    {
        ["name"] = tensor.Name,
        ["dimensions"] = new JsonArray([.. tensor.Dimensions.Select(length => (JsonNode)length)]),
        ["from"] = Name(tensor.From),
        ["to"] = Name(tensor.To),
        ["bytes"] = tensor.BytesAfter,
        ["rmse"] = tensor.Error,
        ["relative_error"] = tensor.RelativeError,
    };

    private static string Name(GgmlType type) => type.ToString().ToLowerInvariant();
}
