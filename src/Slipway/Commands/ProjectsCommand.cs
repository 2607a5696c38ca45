using System.CommandLine;
using Slipway.Client;
using Slipway.Client.Projects;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway projects</c>: what a team trains, on a running server.</summary>
internal static class ProjectsCommand
{
    private const string Teaching = """
        What a team trains: a dataset, a configuration, and the runs of the two.

          slipway projects create support-bot --dataset support-v1 --config support-sft --tag pilot
          slipway runs start support-bot --follow
          slipway projects list --tag pilot
        """;

    private const string Reference = "a path in the server's training directory, or the name or id of what was uploaded";

    private static readonly Argument<string> Project = new("PROJECT") { Description = "A project's name or id." };
    private static readonly Argument<string> NewName = new("NAME") { Description = "1 to 128 letters, digits, dots, underscores and dashes." };
    private static readonly Option<string> Dataset = new("--dataset") { Description = $"What is trained on: {Reference}.", HelpName = "DATASET", Required = true };
    private static readonly Option<string> Config = new("--config") { Description = $"How it is trained: {Reference}.", HelpName = "CONFIG", Required = true };
    private static readonly Option<string?> OtherDataset = new("--dataset") { Description = $"What is trained on from now on: {Reference}.", HelpName = "DATASET" };
    private static readonly Option<string?> OtherConfig = new("--config") { Description = $"How it is trained from now on: {Reference}.", HelpName = "CONFIG" };
    private static readonly Option<string?> OtherName = new("--name") { Description = "Another name.", HelpName = "NAME" };
    private static readonly Option<string?> Description = new("--description") { Description = "What it is for.", HelpName = "TEXT" };
    private static readonly Option<string?> Owner = new("--owner") { Description = "Whose it is.", HelpName = "WHO" };
    private static readonly Option<string[]> Tags = new("--tag") { Description = "May be given several times.", HelpName = "TAG" };
    private static readonly Option<string?> Status = new("--status") { Description = "Only those that are active, or archived.", HelpName = "STATUS" };
    private static readonly Option<string?> OneTag = new("--tag") { Description = "Only those with this tag.", HelpName = "TAG" };
    private static readonly Option<int?> Limit = new("--limit") { Description = "How many at most, 1 to 1000.", HelpName = "N" };
    private static readonly Option<long?> Offset = new("--offset") { Description = "How many of the newest to leave out.", HelpName = "N" };

    public static Command Create()
    {
        Status.AcceptOnlyFromAmong(ProjectStatuses.Active, ProjectStatuses.Archived);
        return RemoteServer.Group(
            "projects", Teaching,
            RemoteServer.Verb("list", "List projects, the newest first.", [Status, OneTag, Owner, Limit, Offset], ListAsync),
            RemoteServer.Verb("show", "Show a project.", [Project], async (client, arguments, cancellationToken) =>
                Show(await client.GetProjectAsync(arguments.GetRequiredValue(Project), cancellationToken), arguments)),
            RemoteServer.Verb("create", "Make a project.", [NewName, Dataset, Config, Description, Owner, Tags], CreateAsync),
            RemoteServer.Verb(
                "update", "Change what is given, leave the rest. Runs keep what they were started with.",
                [Project, OtherName, OtherDataset, OtherConfig, Description, Owner, Tags], UpdateAsync),
            RemoteServer.Verb("archive", "Close a project for new runs; what it has stays.", [Project], async (client, arguments, cancellationToken) =>
                Show(await client.ArchiveProjectAsync(arguments.GetRequiredValue(Project), cancellationToken), arguments)),
            RemoteServer.Verb("delete", "Remove a project with its ended runs, their logs and artifacts.", [Project], DeleteAsync));
    }

    private static async Task<int> ListAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var (projects, total) = await client.ListProjectsAsync(new ProjectFilter
        {
            Status = arguments.GetValue(Status),
            Tag = arguments.GetValue(OneTag),
            Owner = arguments.GetValue(Owner),
            Limit = arguments.GetValue(Limit),
            Offset = arguments.GetValue(Offset),
        }, cancellationToken);
        if (arguments.GetValue(RemoteServer.Json))
        {
            return Listing.WriteJson(projects);
        }
        var table = new TextTable(
            new("NAME", 16), new("STATUS"), new("RUNS", IsRight: true), new("DATASET", 12), new("CONFIG", 12), new("OWNER", 8),
            new("CREATED"), new("TAGS", 8));
        foreach (var project in projects)
        {
            table.Add(
                project.Name, project.Status, Wording.Count(project.RunsCount), project.DatasetName, project.TrainingYamlName, project.Owner,
                Wording.Time(project.CreatedAt), string.Join(' ', project.Tags));
        }
        return Listing.Write(table, projects.Count, total, "There are no such projects. 'slipway projects create --help' tells how to make one.");
    }

    private static async Task<int> CreateAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken) =>
        Show(await client.CreateProjectAsync(new CreateProjectRequest
        {
            Name = arguments.GetRequiredValue(NewName),
            DatasetName = arguments.GetRequiredValue(Dataset),
            TrainingYamlName = arguments.GetRequiredValue(Config),
            Description = arguments.GetValue(Description),
            Owner = arguments.GetValue(Owner),
            Tags = TagsOf(arguments),
        }, cancellationToken), arguments);

    private static async Task<int> UpdateAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken) =>
        Show(await client.UpdateProjectAsync(arguments.GetRequiredValue(Project), new UpdateProjectRequest
        {
            Name = arguments.GetValue(OtherName),
            DatasetName = arguments.GetValue(OtherDataset),
            TrainingYamlName = arguments.GetValue(OtherConfig),
            Description = arguments.GetValue(Description),
            Owner = arguments.GetValue(Owner),
            Tags = TagsOf(arguments),
        }, cancellationToken), arguments);

    private static async Task<int> DeleteAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var project = arguments.GetRequiredValue(Project);
        await client.DeleteProjectAsync(project, cancellationToken);
        await Console.Error.WriteLineAsync($"Removed the project {project}.");
        return CommandLine.Success;
    }

    private static string[]? TagsOf(ParseResult arguments) => arguments.GetValue(Tags) is { Length: > 0 } tags ? tags : null;

    private static int Show(ProjectDetail project, ParseResult arguments)
    {
        if (arguments.GetValue(RemoteServer.Json))
        {
            JsonLines.WriteAnswer(project);
            return CommandLine.Success;
        }
        Wording.Write(
            ("project", project.Name), ("id", project.Id), ("status", project.Status), ("dataset", project.DatasetName),
            ("config", project.TrainingYamlName), ("runs", Wording.Count(project.RunsCount)), ("owner", project.Owner),
            ("tags", string.Join(' ', project.Tags)), ("description", project.Description), ("created", Wording.Time(project.CreatedAt)),
            ("changed", Wording.Time(project.UpdatedAt)));
        return CommandLine.Success;
    }
}
