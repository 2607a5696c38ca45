using System.CommandLine;
using System.Text.Json;
using Slipway.Client;
using Slipway.Client.Datasets;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway datasets preview</c>, <c>validate</c> and <c>statistics</c>: what is in a dataset.</summary>
internal static class DatasetFindings
{
    private const int BarCells = 40;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);
    private static readonly JsonSerializerOptions Readable = new(JsonLines.Options) { WriteIndented = true };

    private static readonly Option<int> Limit = new("--limit", "-n") { Description = "How many records, 1 to 100.", DefaultValueFactory = _ => 10, HelpName = "N" };
    private static readonly Option<string?> Tokenizer = new("--tokenizer") { Description = "A model in the server's models folder; the server's own when not given.", HelpName = "MODEL" };

    public static Command CreatePreview() => RemoteServer.Verb("preview", "Show the first records.", [DatasetsCommand.Dataset, Limit], PreviewAsync);

    public static Command CreateValidate() => RemoteServer.Verb(
        "validate", "Wait until all files are looked through, and tell their form and their faults; exit code 1 if there are any.",
        [DatasetsCommand.Dataset], ValidateAsync);

    public static Command CreateStatistics() => RemoteServer.Verb(
        "statistics", "Count records, characters and tokens, and how long records are.", [DatasetsCommand.Dataset, Tokenizer], StatisticsAsync);

    private static async Task<int> PreviewAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var preview = await client.GetDatasetPreviewAsync(
            arguments.GetRequiredValue(DatasetsCommand.Dataset), arguments.GetValue(Limit), cancellationToken);
        if (arguments.GetValue(RemoteServer.Json))
        {
            return Listing.WriteJson(preview.Records);
        }
        foreach (var record in preview.Records)
        {
            Console.Out.WriteLine($"── {CellText.OneLine(record.File)}, line {record.Line}");
            Console.Out.WriteLine(record.Record is { } json
                ? JsonSerializer.Serialize(json, Readable)
                : $"{record.Fault}: {CellText.OneLine(record.Text ?? "")}");
        }
        return CommandLine.Success;
    }

    private static async Task<int> ValidateAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var dataset = arguments.GetRequiredValue(DatasetsCommand.Dataset);
        var found = await WaitAsync(
            "looking through", () => client.GetDatasetValidationAsync(dataset, cancellationToken),
            one => (one.Status == FindingStates.Complete, one.Progress), cancellationToken);
        var outcome = found.FaultsCount == 0 ? CommandLine.Success : CommandLine.Failure;
        if (arguments.GetValue(RemoteServer.Json))
        {
            JsonLines.WriteAnswer(found);
            return outcome;
        }
        Wording.Write(
            ("form", found.Format), ("records", Wording.Count(found.Records)), ("valid", Wording.Count(found.Valid)),
            ("invalid", Wording.Count(found.Invalid)), ("empty turns", Wording.Count(found.EmptyTurns)),
            ("duplicates", $"{(found.DuplicatesAreExact ? "" : "about ")}{Wording.Count(found.Duplicates)} ({found.DuplicateRate.ToString("0.##%", System.Globalization.CultureInfo.InvariantCulture)})"));
        if (found.Faults.Count > 0)
        {
            Console.Out.WriteLine();
            var table = new TextTable(new("FILE", 12), new("LINE", IsRight: true), new("FAULT", 24));
            foreach (var fault in found.Faults)
            {
                table.Add(fault.File, fault.Line == 0 ? "" : $"{fault.Line}", fault.Message);
            }
            table.Write();
            if (found.FaultsCount > found.Faults.Count)
            {
                await Console.Error.WriteLineAsync($"These are the first {found.Faults.Count} of {Wording.Count(found.FaultsCount)} faults.");
            }
        }
        return outcome;
    }

    private static async Task<int> StatisticsAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var (dataset, tokenizer) = (arguments.GetRequiredValue(DatasetsCommand.Dataset), arguments.GetValue(Tokenizer));
        var found = await WaitAsync(
            "counting", () => client.GetDatasetStatisticsAsync(dataset, tokenizer, cancellationToken),
            one => (one.Status == FindingStates.Complete, one.Progress), cancellationToken);
        if (arguments.GetValue(RemoteServer.Json))
        {
            JsonLines.WriteAnswer(found);
            return CommandLine.Success;
        }
        Wording.Write(
            ("records", Wording.Count(found.Records)), ("characters", Wording.Count(found.Characters)),
            ("tokens", found.Tokens is { } tokens ? $"{Wording.Count(tokens)} ({found.Tokenizer})" : null),
            ("shortest", $"{Wording.Count(found.Shortest)} {found.Unit}"), ("longest", $"{Wording.Count(found.Longest)} {found.Unit}"),
            ("mean", $"{Wording.Number(Math.Round(found.Mean, 1))} {found.Unit}"));
        var most = found.Histogram.Select(step => step.Records).DefaultIfEmpty(0).Max();
        if (most > 0)
        {
            Console.Out.WriteLine();
            var table = new TextTable(new(found.Unit.ToUpperInvariant(), IsRight: true), new("RECORDS", IsRight: true), new("", 1));
            foreach (var step in found.Histogram)
            {
                table.Add(
                    $"{Wording.Count(step.From)}–{Wording.Count(step.To - 1)}", Wording.Count(step.Records),
                    new string('█', (int)Math.Ceiling((double)step.Records / most * BarCells)));
            }
            table.Write();
        }
        return CommandLine.Success;
    }

    private static Task<T> WaitAsync<T>(string title, Func<Task<T>> ask, Func<T, (bool IsDone, double Progress)> look, CancellationToken cancellationToken) =>
        ProgressBar.RunAsync(title, async progress =>
        {
            using var timer = new PeriodicTimer(Pause);
            while (true)
            {
                var found = await ask();
                var (isDone, share) = look(found);
                progress?.Report(share);
                if (isDone)
                {
                    return found;
                }
                await timer.WaitForNextTickAsync(cancellationToken);
            }
        });
}
