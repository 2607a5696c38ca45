using System.CommandLine;
using System.IO.Enumeration;
using Slipway.Client;
using Slipway.Client.Runs;
using Slipway.Server.Platform.Files;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway runs artifacts</c> and <c>download</c>: what runs have made.</summary>
internal static class RunArtifacts
{
    private const string Checkpoint = "checkpoint";

    private const string DownloadTeaching = """
        Fetch what a run has made, and compare each file's hash. Broken off, the same command goes on where it was. Without names
        everything of the last attempt comes but its checkpoints.

          slipway runs download RUN --kind model --out models
          slipway runs download RUN 'checkpoint-500/*'
          slipway runs download RUN trainer_log.jsonl
        """;

    private static readonly Argument<string[]> Names = new("NAME") { Description = "Names, ids, or patterns with * and ?.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string?> Kind = new("--kind") { Description = "Only this kind: model, adapter, checkpoint, tokenizer, log, metrics, chart, config, file.", HelpName = "KIND" };
    private static readonly Option<string?> Tag = new("--tag") { Description = "Only those with this tag.", HelpName = "TAG" };
    private static readonly Option<int?> Attempt = new("--attempt") { Description = "Of this attempt, from 1.", HelpName = "N" };
    private static readonly Option<string> Out = new("--out", "-o") { Description = "The folder to put them into; made if it is not there.", DefaultValueFactory = _ => ".", HelpName = "FOLDER" };

    public static Command CreateList() => RemoteServer.Verb(
        "artifacts", "List the files that a run has written into its output folder; while it runs, those that there are.",
        [RunsCommand.Run, Kind, Tag, Attempt], ListAsync);

    public static Command CreateDownload() => RemoteServer.Verb(
        "download", DownloadTeaching, [RunsCommand.Run, Names, Kind, Tag, Attempt, Out], DownloadAsync);

    private static async Task<int> ListAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var artifacts = (await FindAsync(client, arguments, cancellationToken))
            .Where(one => arguments.GetValue(Attempt) is not { } attempt || one.Attempt == attempt).ToList();
        if (arguments.GetValue(RemoteServer.Json))
        {
            return Listing.WriteJson(artifacts);
        }
        var table = new TextTable(
            new("NAME", 24), new("KIND"), new("SIZE", IsRight: true), new("ATTEMPT", IsRight: true), new("WRITTEN"), new("SHA256", 12), new("TAGS", 8));
        foreach (var artifact in artifacts)
        {
            table.Add(
                artifact.Name, artifact.Kind, Wording.Bytes(artifact.Bytes), $"{artifact.Attempt}", Wording.Time(artifact.CreatedAt),
                artifact.Sha256 ?? "(being computed)", string.Join(' ', artifact.Tags));
        }
        return Listing.Write(table, artifacts.Count, artifacts.Count, "There are no such artifacts.");
    }

    private static async Task<int> DownloadAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var chosen = Choose(await FindAsync(client, arguments, cancellationToken), arguments);
        var folder = Path.GetFullPath(arguments.GetRequiredValue(Out));
        // All places are looked at before the first byte comes: a name from elsewhere must not lead out of the folder.
        var places = chosen.ConvertAll(artifact => InsideFolder.Find(folder, artifact.Name)
            ?? throw new CommandException($"The artifact '{CellText.OneLine(artifact.Name)}' would lie outside of {folder}; it is not fetched."));
        using var signals = new StopSignals(() => Console.Error.WriteLine("Broken off; the same command goes on from here."));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Token);
        foreach (var (artifact, path) in chosen.Zip(places))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var sha256 = await TransferBar.RunAsync(
                artifact.Name, artifact.Bytes, progress => client.DownloadRunArtifactToFileAsync(artifact, path, progress, stop.Token));
            if (arguments.GetValue(RemoteServer.Json))
            {
                JsonLines.WriteAnswer(new { artifact.Id, artifact.Name, Path = path, Bytes = new FileInfo(path).Length, Sha256 = sha256 });
            }
            else
            {
                Console.Out.WriteLine(path);
            }
        }
        return CommandLine.Success;
    }

    private static Task<IReadOnlyList<RunArtifact>> FindAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken) =>
        client.ListRunArtifactsAsync(
            arguments.GetRequiredValue(RunsCommand.Run), arguments.GetValue(Kind), arguments.GetValue(Tag), cancellationToken);

    private static List<RunArtifact> Choose(IReadOnlyList<RunArtifact> artifacts, ParseResult arguments)
    {
        var names = arguments.GetValue(Names) ?? [];
        var attempt = arguments.GetValue(Attempt) ?? artifacts.Select(artifact => artifact.Attempt).DefaultIfEmpty(1).Max();
        var chosen = artifacts.Where(artifact =>
            names.Contains(artifact.Id)
            || (artifact.Attempt == attempt && (names.Length == 0
                ? artifact.Kind != Checkpoint || arguments.GetValue(Kind) == Checkpoint
                : names.Any(name => FileSystemName.MatchesSimpleExpression(name, artifact.Name, ignoreCase: false))))).ToList();
        var missing = names.FirstOrDefault(name => !chosen.Any(
            artifact => artifact.Id == name || FileSystemName.MatchesSimpleExpression(name, artifact.Name, ignoreCase: false)));
        return missing is not null
            ? throw new CommandException($"The run has no artifact '{missing}' in attempt {attempt}; 'slipway runs artifacts RUN' lists what it has.")
            : chosen.Count == 0
            ? throw new CommandException($"The run has no such artifacts in attempt {attempt}; 'slipway runs artifacts RUN' lists what it has.")
            : chosen;
    }
}
