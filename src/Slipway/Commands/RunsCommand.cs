using System.CommandLine;
using Slipway.Client;
using Slipway.Client.Runs;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway runs</c>: trainings on a running server.</summary>
internal static class RunsCommand
{
    public static readonly Argument<string> Run = new("RUN") { Description = "A run's id." };

    private const string Teaching = """
        Trainings: started, followed, cancelled, tried again, and what they have made.

          slipway runs start support-bot --set learning_rate=1e-5 --follow
          slipway runs logs -f RUN --tail 100                   # Ctrl-C leaves the run alone
          slipway runs metrics RUN --name loss
          slipway runs download RUN --kind model --out models
          slipway runs retry RUN                                # from its last checkpoint
        """;

    private static readonly Argument<string> Project = new("PROJECT") { Description = "A project's name or id." };
    private static readonly Option<string?> Executor = new("--executor", "-e") { Description = "Where it runs; the server's choice when not given.", HelpName = "EXECUTOR" };
    private static readonly Option<int?> Gpus = new("--gpus") { Description = "How many it needs.", HelpName = "N" };
    private static readonly Option<string[]> Env = new("--env") { Description = "A variable of its environment; may be given several times.", HelpName = "KEY=VALUE" };
    private static readonly Option<string[]> Set = new("--set") { Description = "A setting over the configuration's, or one of the executor's (container, partition, image); may be given several times.", HelpName = "KEY=VALUE" };
    private static readonly Option<string?> ResumeFrom = new("--resume-from") { Description = "Go on from the last checkpoint of this run.", HelpName = "RUN" };
    private static readonly Option<int?> Priority = new("--priority") { Description = "-100 to 100; the higher goes first.", HelpName = "N" };
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Show its log until it ends; the exit code tells how." };
    private static readonly Option<bool> FromScratch = new("--from-scratch") { Description = "Begin anew, not from the last checkpoint." };
    private static readonly Option<string?> OfProject = new("--project", "-p") { Description = "Only those of this project.", HelpName = "PROJECT" };
    private static readonly Option<string?> Status = new("--status") { Description = "Only those in this state.", HelpName = "STATUS" };
    private static readonly Option<int?> Limit = new("--limit") { Description = "How many at most, 1 to 1000.", HelpName = "N" };
    private static readonly Option<long?> Offset = new("--offset") { Description = "How many of the newest to leave out.", HelpName = "N" };

    public static Command Create()
    {
        Executor.AcceptOnlyFromAmong("local", "docker", "slurm", "kubernetes", "builtin");
        Status.AcceptOnlyFromAmong(
            RunStatuses.Queued, RunStatuses.Starting, RunStatuses.Running, RunStatuses.Succeeded, RunStatuses.Failed, RunStatuses.Cancelled,
            RunStatuses.Lost);
        return RemoteServer.Group(
            "runs", Teaching,
            RemoteServer.Verb(
                "start", "Put a run of a project into the queue. Prints its id.",
                [Project, Executor, Gpus, Env, Set, ResumeFrom, Priority, Follow], StartAsync),
            RemoteServer.Verb("list", "List runs, the newest first.", [OfProject, Status, Executor, Limit, Offset], ListAsync),
            RemoteServer.Verb("show", "Show a run as it stands now.", [Run], async (client, arguments, cancellationToken) =>
                Show(await client.GetRunAsync(arguments.GetRequiredValue(Run), cancellationToken), arguments)),
            RunLogs.Create(),
            RemoteServer.Verb("cancel", "End a run: TERM to all its processes, KILL after a grace.", [Run], CancelAsync),
            RemoteServer.Verb(
                "retry", "Try a failed, cancelled or lost run again, from its last checkpoint. The log of the attempt before stays.",
                [Run, FromScratch, Follow], RetryAsync),
            RemoteServer.Verb("delete", "Remove an ended run with its log and its artifacts.", [Run], DeleteAsync),
            RunFigures.CreateMetrics(),
            RunArtifacts.CreateList(),
            RunArtifacts.CreateDownload(),
            RunFigures.CreateCompare());
    }

    private static async Task<int> StartAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var run = await client.StartRunAsync(arguments.GetRequiredValue(Project), new StartRunRequest
        {
            Executor = arguments.GetValue(Executor),
            Gpus = arguments.GetValue(Gpus),
            Env = ValuePairs.Read(arguments.GetValue(Env), "--env"),
            Parameters = ValuePairs.Read(arguments.GetValue(Set), "--set"),
            ResumeFrom = arguments.GetValue(ResumeFrom),
            Priority = arguments.GetValue(Priority),
        }, cancellationToken);
        if (arguments.GetValue(RemoteServer.Json))
        {
            JsonLines.WriteAnswer(run);
        }
        else
        {
            await Console.Out.WriteLineAsync(run.Id);
            await Console.Error.WriteLineAsync($"Queued for {run.Executor}: {CellText.OneLine(run.StartCommand)}");
        }
        return await FollowOrTellAsync(client, run, arguments, cancellationToken);
    }

    private static async Task<int> RetryAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var id = arguments.GetRequiredValue(Run);
        var run = await client.RetryRunAsync(id, new RetryRunRequest { Resume = !arguments.GetValue(FromScratch) }, cancellationToken);
        if (arguments.GetValue(RemoteServer.Json))
        {
            JsonLines.WriteAnswer(run);
        }
        else
        {
            await Console.Error.WriteLineAsync(
                $"Queued as attempt {run.Attempt}, {(run.ResumeFrom is null ? "from the beginning" : "from the last checkpoint")}.");
        }
        return await FollowOrTellAsync(client, run, arguments, cancellationToken);
    }

    private static async Task<int> FollowOrTellAsync(SlipwayClient client, RunDetail run, ParseResult arguments, CancellationToken cancellationToken)
    {
        var isJson = arguments.GetValue(RemoteServer.Json);
        if (arguments.GetValue(Follow))
        {
            // Of a retry only what is new: the attempts before are over.
            return await RunLogs.FollowAsync(
                client, run.Id, new LogWish(run.Attempt > 1 ? run.LogCount : null, null, null, null, isJson), cancellationToken);
        }
        if (!isJson)
        {
            await Console.Error.WriteLineAsync($"To follow it: slipway runs logs -f {run.Id}");
        }
        return CommandLine.Success;
    }

    private static async Task<int> ListAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var (runs, total) = await client.ListRunsAsync(new RunFilter
        {
            Project = arguments.GetValue(OfProject),
            Status = arguments.GetValue(Status),
            Executor = arguments.GetValue(Executor),
            Limit = arguments.GetValue(Limit),
            Offset = arguments.GetValue(Offset),
        }, cancellationToken);
        if (arguments.GetValue(RemoteServer.Json))
        {
            return Listing.WriteJson(runs);
        }
        var table = new TextTable(
            new("RUN"), new("PROJECT", 12), new("STATUS"), new("DONE", IsRight: true), new("LOSS", IsRight: true), new("TOOK", IsRight: true),
            new("EXECUTOR"), new("CREATED"), new("WHY", 12));
        foreach (var run in runs)
        {
            table.Add(
                run.Id, run.ProjectName, run.Status, Wording.Percent(run.Progress),
                Wording.Number(run.Metrics.TryGetValue("loss", out var loss) ? loss : null), Wording.Span(run.StartedAt, run.FinishedAt),
                run.Executor, Wording.Time(run.CreatedAt), run.FailureReason ?? (run.WaitingFor is { } wait ? $"waits for {wait}" : ""));
        }
        return Listing.Write(table, runs.Count, total, "There are no such runs. 'slipway runs start PROJECT' starts one.");
    }

    private static async Task<int> CancelAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var run = await client.CancelRunAsync(arguments.GetRequiredValue(Run), cancellationToken);
        if (arguments.GetValue(RemoteServer.Json))
        {
            JsonLines.WriteAnswer(run);
        }
        else
        {
            await Console.Error.WriteLineAsync(RunStatuses.IsFinal(run.Status)
                ? $"The run is {run.Status}."
                : $"The run is being ended; to see how: slipway runs logs -f {run.Id}");
        }
        return CommandLine.Success;
    }

    private static async Task<int> DeleteAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var id = arguments.GetRequiredValue(Run);
        await client.DeleteRunAsync(id, cancellationToken);
        await Console.Error.WriteLineAsync($"Removed the run {id}.");
        return CommandLine.Success;
    }

    private static int Show(RunDetail run, ParseResult arguments)
    {
        if (arguments.GetValue(RemoteServer.Json))
        {
            JsonLines.WriteAnswer(run);
            return CommandLine.Success;
        }
        Wording.Write(
        [
            ("run", run.Id), ("project", run.ProjectName), ("status", run.Status), ("waits for", run.WaitingFor), ("why", run.FailureReason),
            ("exit code", run.ExitCode is { } code ? $"{code}" : null), ("attempt", $"{run.Attempt}"), ("progress", ProgressOf(run)),
            ("left", RunStatuses.IsFinal(run.Status) ? null : Wording.Seconds(run.EtaSeconds)), ("took", Wording.Span(run.StartedAt, run.FinishedAt)),
            ("executor", run.Executor), ("gpus", run.Gpus == 0 ? null : $"{run.Gpus}{(run.GpuIds.Count == 0 ? "" : $" ({string.Join(',', run.GpuIds)})")}"),
            ("pid", run.Pid is { } pid ? $"{pid}" : null), ("job", run.ExternalId), ("command", run.StartCommand), ("dataset", run.Dataset),
            ("config", run.TrainingConfig), ("settings", string.Join(' ', run.Parameters.Select(pair => $"{pair.Key}={pair.Value}"))),
            ("resumed from", run.ResumeFrom), ("priority", run.Priority == 0 ? null : $"{run.Priority}"), ("created", Wording.Time(run.CreatedAt)),
            ("started", Wording.Time(run.StartedAt)), ("finished", Wording.Time(run.FinishedAt)), ("log lines", Wording.Count(run.LogCount)),
            ("artifacts", Wording.Count(run.ArtifactsCount)),
            .. run.Metrics.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, (string?)Wording.Number(pair.Value))),
        ]);
        return CommandLine.Success;
    }

    private static string ProgressOf(RunDetail run) =>
        Wording.Percent(run.Progress)
        + (run.Step is { } step ? $", step {Wording.Count(step)}{(run.TotalSteps is { } total ? $" of {Wording.Count(total)}" : "")}" : "")
        + (run.Epoch is { } epoch ? $", epoch {Wording.Number(epoch)}" : "");
}
