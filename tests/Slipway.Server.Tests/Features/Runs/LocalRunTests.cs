using System.Net;
using System.Net.Http.Json;
using Slipway.Client.Runs;

namespace Slipway.Server.Tests.Features.Runs;

public sealed class LocalRunTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_goes_through_its_states_and_keeps_what_it_printed_and_made()
    {
        await using var server = await TrainingServer.StartAsync("""
            echo "configuration: $(cat "$1" | head -1)"
            echo "{'loss': 1.5, 'learning_rate': 1e-05, 'epoch': 0.5}"
            echo "a warning" >&2
            printf 'weights' > "$SLIPWAY_OUTPUT_DIR/model.safetensors"
            """);

        var started = await server.StartRunAsync();
        var ended = await server.EndOfAsync(started.Id);

        Assert.Equal(RunStatuses.Queued, started.Status);
        Assert.Equal((RunStatuses.Succeeded, 0, 1), (ended.Status, ended.ExitCode, ended.Attempt));
        Assert.Equal(1.5, ended.Metrics["loss"]);
        Assert.Equal(1, ended.ArtifactsCount);
        Assert.Equal(
            ["configuration: stage: sft", "{'loss': 1.5, 'learning_rate': 1e-05, 'epoch': 0.5}", "a warning"], await server.OutputAsync(started.Id));
        var said = (await server.LogsAsync(started.Id)).Where(line => line.Source == "slipway").Select(line => line.Text.Split(' ')[0]);
        Assert.Equal(["queued", "starting", "running", "succeeded"], said);
        Assert.Equal(ended.LogCount, (await server.LogsAsync(started.Id)).Count);
    }

    [Fact]
    public async Task An_exit_code_is_the_runs_end_with_a_reason_in_words()
    {
        await using var server = await TrainingServer.StartAsync("""
            echo "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"
            exit 3
            """);

        var ended = await server.EndOfAsync((await server.StartRunAsync()).Id);

        Assert.Equal((RunStatuses.Failed, 3, "oom_gpu"), (ended.Status, ended.ExitCode, ended.FailureCode));
        Assert.Contains("GPU ran out of memory", ended.FailureReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_run_ends_with_its_whole_tree_even_when_it_does_not_listen()
    {
        await using var server = await TrainingServer.StartAsync("""
            trap '' TERM
            setsid sleep 1000 &
            echo ready
            while :; do sleep 1; done
            """);
        var run = await server.StartRunAsync();
        await server.UntilAsync(run.Id, one => one.Status == RunStatuses.Running && one.LogCount >= 4);

        using var cancelled = await server.Http.PostAsync($"/runs/{run.Id}/cancel", null, Token);
        var ended = await server.EndOfAsync(run.Id);

        Assert.Equal(HttpStatusCode.Accepted, cancelled.StatusCode);
        Assert.Equal((RunStatuses.Cancelled, 137), (ended.Status, ended.ExitCode));
        Assert.Empty(Processes.Of(run.Id));
    }

    [Theory]
    [InlineData("tail=2", "24")]
    [InlineData("tail=2&search=number", "23")]
    [InlineData("tail=2&search=nowhere", null)]
    public async Task The_end_of_a_log_says_where_it_was_looked_from(string query, string? first)
    {
        await using var server = await TrainingServer.StartAsync("seq -f 'number %g' 21");
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);

        using var answer = await server.Http.GetAsync($"/runs/{run.Id}/logs?{query}", Token);

        Assert.Equal(first, answer.Headers.TryGetValues("X-First-Line", out var values) ? values.Single() : null);
    }

    [Fact]
    public async Task A_retry_is_another_attempt_and_keeps_the_log_of_the_first()
    {
        await using var server = await TrainingServer.StartAsync("""
            echo "attempt $SLIPWAY_ATTEMPT"
            [ "$SLIPWAY_ATTEMPT" = 2 ]
            """);
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);

        using var retried = await server.Http.PostAsync($"/runs/{run.Id}/retry", null, Token);
        Assert.Equal(HttpStatusCode.OK, retried.StatusCode);
        var ended = await server.UntilAsync(run.Id, one => one is { Attempt: 2, Status: RunStatuses.Succeeded });

        Assert.Equal(RunStatuses.Failed, run.Status);
        Assert.Null(ended.FailureReason);
        Assert.Equal(["attempt 1", "attempt 2"], await server.OutputAsync(run.Id));
    }

    [Fact]
    public async Task What_is_missing_is_named_all_at_once()
    {
        await using var server = await TrainingServer.StartAsync("true");
        using var made = await server.Http.PostAsync("/projects", JsonContent.Create(
            new { name = "nothing", dataset_name = "no-data.jsonl", training_yaml_name = "no-config.yaml" }), Token);

        using var answer = await server.Http.PostAsync("/projects/nothing/runs", null, Token);

        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("no-data.jsonl", text, StringComparison.Ordinal);
        Assert.Contains("no-config.yaml", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_of_the_log_ends_with_the_run_and_goes_on_where_it_broke_off()
    {
        await using var server = await TrainingServer.StartAsync("for i in 1 2 3 4 5; do echo line $i; done");
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);

        var whole = await server.Http.GetStringAsync($"/runs/{run.Id}/logs/stream", Token);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/runs/{run.Id}/logs/stream") { Headers = { { "Last-Event-ID", "5" } } };
        using var answer = await server.Http.SendAsync(request, Token);
        var rest = await answer.Content.ReadAsStringAsync(Token);

        Assert.Contains("event: end", whole, StringComparison.Ordinal);
        Assert.Equal(run.LogCount, Ids(whole).Count);
        Assert.Equal(Ids(whole)[5..], Ids(rest));
    }

    private static List<string> Ids(string events) => [.. events.Split('\n').Where(line => line.StartsWith("id: ", StringComparison.Ordinal))];
}
