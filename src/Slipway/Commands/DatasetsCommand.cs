using System.CommandLine;
using System.Text.Json;
using Slipway.Client;
using Slipway.Client.Datasets;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway datasets</c>: what is trained on, on a running server.</summary>
internal static class DatasetsCommand
{
    public static readonly Argument<string> Dataset = new("DATASET") { Description = "A dataset's name or id." };

    private const string Teaching = """
        What is trained on: files that arrive whole, are looked through, and stay as they are.

          slipway datasets create support-v1
          slipway datasets upload support-v1 train.jsonl        # broken off, the same command goes on
          slipway datasets validate support-v1                  # faults by line number; exit code 1 if there are any
          slipway datasets statistics support-v1

        Read are JSON lines, JSON lists, CSV and plain text, in Alpaca, ShareGPT, OpenAI-messages, preference or text form.
        """;

    private static readonly Argument<string> NewName = new("NAME") { Description = "1 to 128 characters, not used by another one." };
    private static readonly Option<string> Type = new("--type") { Description = "What goes in and out.", DefaultValueFactory = _ => "text2text", HelpName = "TYPE" };
    private static readonly Option<string> Task = new("--task") { Description = "What it trains.", DefaultValueFactory = _ => "sft", HelpName = "TASK" };
    private static readonly Option<string?> Description = new("--description") { Description = "What it is.", HelpName = "TEXT" };
    private static readonly Option<string?> Metadata = new("--metadata") { Description = "A JSON object of your own.", HelpName = "JSON" };
    private static readonly Option<string?> OfType = new("--type") { Description = "Only those of this type.", HelpName = "TYPE" };
    private static readonly Option<string?> OfTask = new("--task") { Description = "Only those for this task.", HelpName = "TASK" };
    private static readonly Option<string?> Status = new("--status") { Description = "Only those that are empty, or ready.", HelpName = "STATUS" };
    private static readonly Option<int?> Limit = new("--limit") { Description = "How many at most, 1 to 1000.", HelpName = "N" };
    private static readonly Option<int?> Offset = new("--offset") { Description = "How many of the newest to leave out.", HelpName = "N" };

    public static Command Create()
    {
        Status.AcceptOnlyFromAmong(DatasetStates.Empty, DatasetStates.Ready);
        return RemoteServer.Group(
            "datasets", Teaching,
            RemoteServer.Verb("create", "Make a dataset without files.", [NewName, Type, Task, Description, Metadata], CreateAsync),
            RemoteServer.Verb("list", "List datasets, the newest first.", [OfType, OfTask, Status, Limit, Offset], ListAsync),
            RemoteServer.Verb("show", "Show a dataset and its files.", [Dataset], async (client, arguments, cancellationToken) =>
                Show(await client.GetDatasetAsync(arguments.GetRequiredValue(Dataset), cancellationToken), arguments)),
            DatasetUpload.Create(),
            DatasetFindings.CreatePreview(),
            DatasetFindings.CreateValidate(),
            DatasetFindings.CreateStatistics(),
            RemoteServer.Verb("delete", "Remove a dataset and its files.", [Dataset], DeleteAsync));
    }

    private static async Task<int> CreateAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var name = arguments.GetRequiredValue(NewName);
        var made = await client.CreateDatasetAsync(new CreateDatasetRequest
        {
            Name = name,
            Type = arguments.GetRequiredValue(Type),
            TaskType = arguments.GetRequiredValue(Task),
            Description = arguments.GetValue(Description),
            Metadata = arguments.GetValue(Metadata) is { } text ? Parse(text) : null,
        }, cancellationToken);
        if (arguments.GetValue(RemoteServer.Json))
        {
            JsonLines.WriteAnswer(made);
        }
        else
        {
            await Console.Out.WriteLineAsync(made.Id);
            await Console.Error.WriteLineAsync($"It has no files yet: slipway datasets upload {name} FILE");
        }
        return CommandLine.Success;
    }

    private static JsonElement Parse(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException exception)
        {
            throw new ArgumentException($"--metadata is no JSON: {exception.Message}", exception);
        }
    }

    private static async Task<int> ListAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var (datasets, total) = await client.ListDatasetsAsync(new DatasetFilter
        {
            Type = arguments.GetValue(OfType),
            TaskType = arguments.GetValue(OfTask),
            Status = arguments.GetValue(Status),
            Limit = arguments.GetValue(Limit),
            Offset = arguments.GetValue(Offset),
        }, cancellationToken);
        if (arguments.GetValue(RemoteServer.Json))
        {
            return Listing.WriteJson(datasets);
        }
        var table = new TextTable(
            new("NAME", 16), new("STATUS"), new("FILES", IsRight: true), new("SIZE", IsRight: true), new("RECORDS", IsRight: true), new("TASK", 6),
            new("CREATED"), new("ID"));
        foreach (var dataset in datasets)
        {
            table.Add(
                dataset.Name, dataset.Status, $"{dataset.Files.Count}", Wording.Bytes(dataset.Files.Sum(file => file.Bytes)), RecordsOf(dataset),
                dataset.TaskType, Wording.Time(dataset.CreatedAt), dataset.Id);
        }
        return Listing.Write(table, datasets.Count, total, "There are no such datasets. 'slipway datasets create NAME' makes one.");
    }

    private static async Task<int> DeleteAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var dataset = arguments.GetRequiredValue(Dataset);
        await client.DeleteDatasetAsync(dataset, cancellationToken);
        await Console.Error.WriteLineAsync($"Removed the dataset {dataset}.");
        return CommandLine.Success;
    }

    private static int Show(DatasetDetail dataset, ParseResult arguments)
    {
        if (arguments.GetValue(RemoteServer.Json))
        {
            JsonLines.WriteAnswer(dataset);
            return CommandLine.Success;
        }
        Wording.Write(
            ("dataset", dataset.Name), ("id", dataset.Id), ("status", dataset.Status), ("type", dataset.Type), ("task", dataset.TaskType),
            ("description", dataset.Description), ("metadata", dataset.Metadata.GetRawText() is "{}" ? null : dataset.Metadata.GetRawText()),
            ("version", dataset.Version), ("records", RecordsOf(dataset)), ("created", Wording.Time(dataset.CreatedAt)),
            ("changed", Wording.Time(dataset.UpdatedAt)));
        if (dataset.Files.Count > 0)
        {
            Console.Out.WriteLine();
            var table = new TextTable(
                new("FILE", 16), new("SIZE", IsRight: true), new("RECORDS", IsRight: true), new("UPLOADED"), new("SHA256", 12), new("UPLOAD"));
            foreach (var file in dataset.Files)
            {
                table.Add(
                    file.Name, Wording.Bytes(file.Bytes), file.Records is { } records ? Wording.Count(records) : "", Wording.Time(file.UploadedAt),
                    file.Sha256, file.UploadId);
            }
            table.Write();
        }
        return CommandLine.Success;
    }

    private static string RecordsOf(DatasetDetail dataset) =>
        dataset.Files.Any(file => file.Records is not null) ? Wording.Count(dataset.Files.Sum(file => file.Records ?? 0)) : "";
}
