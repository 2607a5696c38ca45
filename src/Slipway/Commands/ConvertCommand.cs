using System.CommandLine;
using System.Globalization;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Import;
using Slipway.Models;
using Slipway.Server.Platform.Hub;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway convert</c>: a Hugging Face or ModelScope folder becomes one GGUF file.</summary>
internal static class ConvertCommand
{
    private static readonly Argument<string> In = PathArgument.Create("IN", "A folder with config.json, safetensors (whole or in shards) and tokenizer.json; or OWNER/NAME of a hub, whose safetensors are pulled once.");
    private static readonly Argument<string> Out = PathArgument.Create("OUT", "The GGUF file to write. It appears when it is whole.");
    private static readonly Option<string?> Type = CreateType();
    private static readonly Option<bool> Force = new("--force") { Description = "Replace OUT where it is there." };

    public static Command Create()
    {
        var command = new Command(
            "convert", """
            Write a Hugging Face or ModelScope folder as one GGUF file, which Slipway and llama.cpp load.

              slipway convert Qwen3-0.6B qwen3-0.6b.gguf
              slipway convert Qwen3-0.6B qwen3-0.6b-q8_0.gguf --type q8_0

            Read are Qwen3, Qwen2/2.5 and Llama in F32, F16 and BF16, and GPTQ with 4 bits, whose codes become Q4_0 or Q4_1
            without being quantised again. Slipway also runs such folders as they are: slipway chat --model FOLDER
            """) { In, Out, Type, Force };
        command.SetAction(RunAsync);
        return command;
    }

    private static Option<string?> CreateType()
    {
        var option = new Option<string?>("--type")
        {
            Description = "Format of the matrices: f16, bf16, f32 or q8_0. Default: what the folder has.",
            HelpName = "TYPE",
        };
        return option.AcceptOnlyFromAmong([.. GgufConversion.Types.Select(type => type.ToString().ToLowerInvariant())]);
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (given, path) = (arguments.GetRequiredValue(In), Path.GetFullPath(arguments.GetRequiredValue(Out)));
        RequireOutput(path, arguments.GetValue(Force));
        var folder = await HubModels.FileOfAsync(given, tellsInLines: false, cancellationToken, HubName.SafetensorsFolder);
        RequireInput(folder);
        GgmlType? type = arguments.GetValue(Type) is { } name ? Enum.Parse<GgmlType>(name, ignoreCase: true) : null;
        using var stopping = new StopSignals(static () => { });
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token, cancellationToken);
        var notes = await ProgressBar.RunAsync(
            Path.GetFileName(path), progress => GgufConversion.Run(folder, path, type, progress, linked.Token), linked.Token);
        foreach (var note in notes)
        {
            await Console.Error.WriteLineAsync(note);
        }
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"written: {path}, {new FileInfo(path).Length:N0} bytes"));
        return CommandLine.Success;
    }

    private static void RequireInput(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new CommandException($"There is no folder '{folder}'; convert takes a Hugging Face or ModelScope folder.");
        }
        if (!ModelFacts.IsFolder(folder))
        {
            throw new CommandException($"'{folder}' has no config.json; convert takes a Hugging Face or ModelScope folder.");
        }
    }

    private static void RequireOutput(string path, bool force)
    {
        if (Directory.Exists(path) || !Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new CommandException($"'{path}' cannot be written; OUT is a file in a folder that is there.");
        }
        if (File.Exists(path) && !force)
        {
            throw new CommandException($"'{path}' is there already; add --force to replace it.");
        }
    }
}
