using System.CommandLine;
using System.Globalization;
using Slipway.Client;
using Slipway.Client.Runs;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary>What of a log is wanted, and how.</summary>
/// <param name="From">The number of the first line; null from the first, or as <paramref name="Tail"/> says.</param>
/// <param name="Tail">How many lines to begin with.</param>
/// <param name="Level">Only lines of this level.</param>
/// <param name="Search">Only lines that hold this.</param>
/// <param name="IsJson">As JSON lines.</param>
internal sealed record LogWish(long? From, int? Tail, string? Level, string? Search, bool IsJson)
{
    public bool Wants(RunLogLine line) =>
        (Level is null || line.Level == Level) && (Search is null || line.Text.Contains(Search, StringComparison.OrdinalIgnoreCase));
}

/// <summary><c>slipway runs logs</c>: a run's log, whole or as it grows.</summary>
internal static class RunLogs
{
    private const int LinesAtOnce = 5000;

    private const string Teaching = """
        Show a run's log. With -f until the run ends: the exit code is then 0 when it succeeded, 1 when not, and 130 after Ctrl-C,
        which ends the following, not the run.

          slipway runs logs RUN --tail 50
          slipway runs logs RUN --level error
          slipway runs logs -f RUN --search eval_loss
          slipway runs logs RUN --json | jq -r .text
        """;

    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on until the run ends." };
    private static readonly Option<int?> Tail = new("--tail", "-n") { Description = "Only the last lines, 1 to 5000.", HelpName = "N" };
    private static readonly Option<string?> Level = new("--level") { Description = "Only lines of this level: debug, info, warning, error.", HelpName = "LEVEL" };
    private static readonly Option<string?> Search = new("--search") { Description = "Only lines that hold this, in capitals or not.", HelpName = "TEXT" };

    public static Command Create()
    {
        Level.AcceptOnlyFromAmong("debug", "info", "warning", "error");
        return RemoteServer.Verb("logs", Teaching, [RunsCommand.Run, Follow, Tail, Level, Search], RunAsync);
    }

    /// <summary>Shows lines as they come, and below them how far the run is.</summary>
    public static async Task<int> FollowAsync(SlipwayClient client, string run, LogWish wish, CancellationToken cancellationToken)
    {
        var screen = new LiveLine(Console.Out, wish.IsJson ? null : Screen.Columns);
        var view = new RunView(screen, wish);
        using var signals = new StopSignals(() => screen.Leave(() => Console.Error.WriteLine(
            $"The run goes on. 'slipway runs logs -f {run}' follows it again; 'slipway runs cancel {run}' ends it.")));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Token);
        var isFiltered = wish.Level is not null || wish.Search is not null;
        var from = wish.From;
        if (wish.Tail is not null && isFiltered)
        {
            from = await ShowTailAsync(client, run, wish, view, stop.Token);
        }
        var events = client.FollowRunLogAsync(run, from, isFiltered ? null : wish.Tail, stop.Token);
        await foreach (var occurrence in events.WithCancellation(stop.Token))
        {
            view.Show(occurrence);
            if (occurrence.Run is { } ended)
            {
                screen.Leave(() => Tell(ended, wish));
                return ended.Status == RunStatuses.Succeeded ? CommandLine.Success : CommandLine.Failure;
            }
        }
        throw new CommandException($"The log of the run '{run}' ended without telling how the run did.");
    }

    private static async Task<int> RunAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var run = arguments.GetRequiredValue(RunsCommand.Run);
        var wish = new LogWish(
            null, arguments.GetValue(Tail), arguments.GetValue(Level), arguments.GetValue(Search), arguments.GetValue(RemoteServer.Json));
        if (arguments.GetValue(Follow))
        {
            return await FollowAsync(client, run, wish, cancellationToken);
        }
        var view = new RunView(new LiveLine(Console.Out, null), wish);
        if (wish.Tail is not null)
        {
            await ShowTailAsync(client, run, wish, view, cancellationToken);
            return CommandLine.Success;
        }
        for (long? next = 1; next is not null;)
        {
            var page = await client.GetRunLogAsync(
                run, new RunLogFilter { From = next, Limit = LinesAtOnce, Level = wish.Level, Search = wish.Search }, cancellationToken);
            view.Show(page.Lines);
            next = page.Next;
        }
        return CommandLine.Success;
    }

    /// <summary>Gives the number of the line to follow from.</summary>
    private static async Task<long> ShowTailAsync(
        SlipwayClient client, string run, LogWish wish, RunView view, CancellationToken cancellationToken)
    {
        // Asked first, this counts no line that the search below did not see.
        var seen = (await client.GetRunAsync(run, cancellationToken)).LogCount;
        var page = await client.GetRunLogAsync(
            run, new RunLogFilter { Tail = wish.Tail, Level = wish.Level, Search = wish.Search }, cancellationToken);
        view.Show(page.Lines);
        return Math.Max(seen, page.Lines is [.., var last] ? last.Line : 0) + 1;
    }

    private static void Tell(RunDetail run, LogWish wish)
    {
        if (wish.IsJson)
        {
            return;
        }
        var code = run.ExitCode is { } number && run.Status != RunStatuses.Succeeded ? $", exit code {number.ToString(CultureInfo.InvariantCulture)}" : "";
        var why = run.FailureReason is { } reason ? $": {CellText.OneLine(reason)}" : "";
        Console.Error.WriteLine($"{run.Status} after {Wording.Span(run.StartedAt ?? run.CreatedAt, run.FinishedAt)}{code}{why}");
        Console.Error.WriteLine(run.Status == RunStatuses.Succeeded
            ? $"What it made: slipway runs artifacts {run.Id}"
            : $"To try again: slipway runs retry {run.Id}");
    }
}
