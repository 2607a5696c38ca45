using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Models;
using Slipway.Server.Platform.Hub;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway pull</c>: brings a model from a hub.</summary>
internal static class PullCommand
{
    private const string Teaching = """
        Bring a model from Hugging Face or ModelScope: whole, checked, and gone on with where it broke off.

          slipway pull Qwen/Qwen3-0.6B-GGUF
          slipway pull Qwen/Qwen3-0.6B-GGUF:Q8_0 --hub modelscope
          slipway run --model Qwen/Qwen3-0.6B-GGUF --prompt "Once upon a time"
          slipway models pulled
          slipway models remove Qwen/Qwen3-0.6B-GGUF

        Tokens are read from HF_TOKEN and MODELSCOPE_API_TOKEN, addresses of mirrors from HF_ENDPOINT and MODELSCOPE_DOMAIN.
        """;

    // Rarely meant by a name alone.
    private const long Large = 32L << 30;

    private static readonly Argument<string> Name = new("OWNER/NAME[:FORMAT]") { Description = "The model: a repository, and which of its files by a format such as Q4_K_M or by a file's name." };
    private static readonly Option<string?> Hub = new Option<string?>("--hub") { Description = "huggingface or modelscope; SLIPWAY_HUB or huggingface when not given.", HelpName = "HUB" }.AcceptOnlyFromAmong("huggingface", "modelscope");
    private static readonly Option<string?> Endpoint = new("--endpoint") { Description = "The hub's address, for mirrors; HF_ENDPOINT or MODELSCOPE_DOMAIN when not given.", HelpName = "URL" };
    private static readonly Option<string?> Revision = new("--revision") { Description = "A branch, a tag or a commit.", HelpName = "REV" };
    private static readonly Option<string[]> Files = new("--file") { Description = "This file of the repository, whatever it is; may be given several times.", HelpName = "PATH" };
    private static readonly Option<string?> Into = new("--into") { Description = "Into this folder, and not among the pulled models.", HelpName = "FOLDER" };
    private static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do not ask, however large it is; replace other files in the folder of --into." };
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    public static Command Create()
    {
        var command = new Command("pull", Teaching) { Name, Hub, Endpoint, Revision, Files, Into, Yes, Json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Revision) is { } revision && !HubName.IsRevision(revision))
            {
                result.AddError($"--revision is '{CellText.OneLine(revision)}'; accepted are letters, digits and . _ - /, 128 at most.");
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var name = NameOf(arguments);
        var screen = new PullScreen(tellsInLines: false);
        using var library = HubModels.Open(arguments.GetValue(Hub), arguments.GetValue(Endpoint), screen.SayPause);
        var (plan, path) = await PullScreen.StoppableAsync(token => PullAsync(library, name, arguments, screen, token), cancellationToken);
        Write(plan, library.Kind, path, arguments.GetValue(Json));
        return CommandLine.Success;
    }

    private static HubName NameOf(ParseResult arguments)
    {
        var name = HubName.Parse(arguments.GetRequiredValue(Name));
        if (name.Selector is not null && arguments.GetValue(Files) is { Length: > 0 })
        {
            throw new ArgumentException("':' in the name and --file both say which files; give one of them.");
        }
        return arguments.GetValue(Revision) switch
        {
            null => name,
            _ when name.Revision is not null => throw new ArgumentException("'@' in the name and --revision both say which revision; give one of them."),
            var revision => name with { Revision = revision },
        };
    }

    private static async Task<(HubPlan Plan, string Path)> PullAsync(
        HubLibrary library, HubName name, ParseResult arguments, PullScreen screen, CancellationToken cancellationToken)
    {
        var plan = await library.PlanAsync(name, arguments.GetValue(Files) ?? [], cancellationToken);
        screen.Announce(plan, library.Host);
        if (!arguments.GetValue(Yes) && plan.Bytes >= Large && !await AgreesAsync(plan, cancellationToken))
        {
            throw new CommandException("Nothing was pulled.");
        }
        var path = await screen.ShowAsync(plan, async progress => arguments.GetValue(Into) is { } folder
            ? await library.PullIntoAsync(plan, folder, arguments.GetValue(Yes), progress, screen.SayWaiting, cancellationToken)
            : (await library.PullAsync(plan, progress, screen.SayWaiting, cancellationToken)).Path!);
        return (plan, path);
    }

    /// <summary>Where nobody can be asked, the command was meant.</summary>
    private static async Task<bool> AgreesAsync(HubPlan plan, CancellationToken cancellationToken)
    {
        if (Console.IsInputRedirected || Console.IsErrorRedirected)
        {
            return true;
        }
        await Console.Error.WriteAsync($"Pull {Wording.Bytes(plan.Bytes)}? [y/N] ");
        // Reading a terminal cannot be ended, only left alone.
        var answer = await Task.Run(Console.In.ReadLine, cancellationToken).WaitAsync(cancellationToken);
        return answer?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    /// <summary>The path alone goes to the output, so that a script can catch it.</summary>
    private static void Write(HubPlan plan, HubKind hub, string path, bool asJson)
    {
        if (!asJson)
        {
            Console.Out.WriteLine(path);
            return;
        }
        JsonLines.Write(new JsonObject
        {
            ["name"] = plan.Name.ToString(),
            ["hub"] = PulledModels.NameOf(hub),
            ["commit"] = plan.Commit,
            ["path"] = path,
            ["bytes"] = plan.Bytes,
            ["files"] = new JsonArray([.. plan.Files.Select(file => (JsonNode)new JsonObject
            {
                ["path"] = file.Path,
                ["bytes"] = file.Size,
                ["sha256"] = file.Sha256,
            })]),
        });
    }
}
