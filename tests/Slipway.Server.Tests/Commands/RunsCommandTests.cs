using System.Text.Json;
using Slipway.Client.Runs;
using Slipway.Server.Tests.Client;
using Slipway.Server.Tests.Processes;

namespace Slipway.Server.Tests.Commands;

public sealed class RunsCommandTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_is_started_and_followed_to_its_end()
    {
        using var site = await TrainingSite.StartAsync();
        await site.SlipwayAsync("projects", "create", "demo", "--dataset", "data.jsonl", "--config", "train.yaml");

        var ran = await site.SlipwayAsync("runs", "start", "demo", "--executor", "local", "--gpus", "0", "--set", "learning_rate=1e-5", "--follow");

        var lines = ran.Output.Split('\n');
        Assert.Equal(0, ran.ExitCode);
        Assert.True(Guid.TryParse(lines[0], out _));
        Assert.Contains("[slipway] ", ran.Output, StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("training with", StringComparison.Ordinal) && line.EndsWith("learning_rate=1e-5", StringComparison.Ordinal));
        Assert.Contains("done", lines);
        Assert.Contains($"slipway runs artifacts {lines[0]}", ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_failed_ends_its_follower_with_1_and_why()
    {
        using var site = await TrainingSite.StartAsync();
        var run = await site.StartRunAsync(("fail", "1"));

        var ran = await site.SlipwayAsync("runs", "logs", "-f", run.Id);

        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("ValueError: it is broken", ran.Output, StringComparison.Ordinal);
        Assert.Contains("exit code 3", ran.Errors, StringComparison.Ordinal);
        Assert.Contains($"slipway runs retry {run.Id}", ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_follower_and_not_the_run()
    {
        using var site = await TrainingSite.StartAsync();
        var run = await site.StartRunAsync(("wait", "1"));
        using var follower = site.Start(site.Url, "runs", "logs", "-f", run.Id);
        var errors = follower.StandardError.ReadToEndAsync(Token);
        while (await follower.StandardOutput.ReadLineAsync(Token) is { } line && !line.Contains("WARNING", StringComparison.Ordinal))
        {
            // Until it follows.
        }

        using var kill = Signals.Send(follower, "INT");
        await follower.WaitForExitAsync(Token);

        Assert.Equal(130, follower.ExitCode);
        Assert.Contains("The run goes on.", await errors, StringComparison.Ordinal);
        Assert.Equal(RunStatuses.Running, (await site.Client.GetRunAsync(run.Id, Token)).Status);
        var cancelled = await site.SlipwayAsync("runs", "cancel", run.Id);
        Assert.Equal(0, cancelled.ExitCode);
        Assert.Equal(1, (await site.SlipwayAsync("runs", "logs", "-f", run.Id)).ExitCode);
        Assert.Equal(RunStatuses.Cancelled, (await site.Client.GetRunAsync(run.Id, Token)).Status);
    }

    [Fact]
    public async Task A_failed_run_is_tried_again_and_only_the_new_attempt_is_shown()
    {
        using var site = await TrainingSite.StartAsync();
        var run = await site.RunToEndAsync(("fail", "1"));

        var ran = await site.SlipwayAsync("runs", "retry", run.Id, "--from-scratch", "--follow");

        Assert.Equal(1, ran.ExitCode);
        Assert.Single(ran.Output.Split('\n'), line => line.StartsWith("training with", StringComparison.Ordinal));
        Assert.Equal(2, (await site.Client.GetRunAsync(run.Id, Token)).Attempt);
    }

    [Fact]
    public async Task A_log_is_shown_whole_or_in_part()
    {
        using var site = await TrainingSite.StartAsync();
        var run = await site.RunToEndAsync(("lines", "1"));

        var whole = await site.SlipwayAsync("runs", "logs", run.Id);
        var tail = await site.SlipwayAsync("runs", "logs", run.Id, "--tail", "3");
        var warnings = await site.SlipwayAsync("runs", "logs", run.Id, "--level", "warning");
        var found = await site.SlipwayAsync("runs", "logs", "-f", run.Id, "--search", "LINE 399", "--tail", "2", "--json");

        Assert.Equal(4000, whole.Output.Split('\n').Count(line => line.EndsWith(" of the log", StringComparison.Ordinal)));
        Assert.Equal(3, Lines(tail.Output).Count);
        Assert.Equal(["WARNING: it is slow"], Lines(warnings.Output));
        Assert.Equal(["line 3998 of the log", "line 3999 of the log"], Lines(found.Output).Select(line => JsonElement.Parse(line).GetProperty("text").GetString()));
    }

    [Fact]
    public async Task What_a_run_has_made_is_listed_fetched_and_compared()
    {
        using var site = await TrainingSite.StartAsync();
        var (first, second) = (await site.RunToEndAsync(("seed", "1")), await site.RunToEndAsync(("seed", "2")));
        var folder = site.In("fetched");

        var listed = await site.SlipwayAsync("runs", "artifacts", first.Id);
        var fetched = await site.SlipwayAsync("runs", "download", first.Id, "*.safetensors", "--out", folder);
        var metrics = await site.SlipwayAsync("runs", "metrics", first.Id, "--name", "loss", "--json");
        var compared = await site.SlipwayAsync("runs", "compare", first.Id, second.Id);

        Assert.Contains("sub/weights.safetensors", listed.Output, StringComparison.Ordinal);
        Assert.Equal(Path.Combine(folder, "sub/weights.safetensors"), Assert.Single(Lines(fetched.Output)));
        Assert.Equal(3_000_000, new FileInfo(Lines(fetched.Output)[0]).Length);
        Assert.Equal(2.5, JsonElement.Parse(Assert.Single(Lines(metrics.Output))).GetProperty("value").GetDouble());
        Assert.Matches(@"(?m)^seed +1 +2$", compared.Output);
    }

    [Fact]
    public async Task Runs_are_listed_shown_and_removed()
    {
        using var site = await TrainingSite.StartAsync();
        var run = await site.RunToEndAsync();

        var listed = await site.SlipwayAsync("runs", "list", "--project", "demo", "--status", "succeeded");
        var shown = await site.SlipwayAsync("runs", "show", run.Id);
        var asJson = await site.SlipwayAsync("runs", "show", run.Id, "--json");
        var removed = await site.SlipwayAsync("runs", "delete", run.Id);
        var gone = await site.SlipwayAsync("runs", "show", run.Id);

        Assert.Contains(run.Id, listed.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^status +succeeded$", shown.Output);
        Assert.EndsWith("Z", JsonElement.Parse(asJson.Output).GetProperty("created_at").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, removed.ExitCode);
        Assert.Equal((1, ""), (gone.ExitCode, gone.Output));
        Assert.Contains("There is no run", gone.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--env is 'novalue'", 2, "runs", "start", "demo", "--env", "novalue")]
    [InlineData("There is no project 'demo'", 1, "runs", "start", "demo")]
    [InlineData("'yaml'", 2, "runs", "start", "demo", "--executor", "yaml")]
    [InlineData("accepted are names and ids", 2, "runs", "show", "..")]
    [InlineData("There is no dataset 'x'", 1, "datasets", "show", "x")]
    [InlineData("There is no training configuration 'x'", 1, "configs", "show", "x")]
    public async Task What_is_refused_is_said_with_what_would_be_accepted(string says, int code, params string[] arguments)
    {
        using var site = await TrainingSite.StartAsync();

        var ran = await site.SlipwayAsync(arguments);

        Assert.Equal((code, ""), (ran.ExitCode, ran.Output));
        Assert.Contains(says, ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_no_server_is_the_command_that_starts_one_is_told()
    {
        var ran = await SlipwayProgram.RunAsync("runs", "list", "--url", "http://127.0.0.1:9");

        Assert.Equal((1, ""), (ran.ExitCode, ran.Output));
        Assert.Contains("slipway serve", ran.Errors, StringComparison.Ordinal);
    }

    private static List<string> Lines(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
}
