using Slipway.Client.Runs;

namespace Slipway.Server.Tests.Features.Runs;

public sealed class ResumeTests
{
    /// <summary>Makes a checkpoint and fails; with a checkpoint to go on from it says which.</summary>
    private const string Script = """
        if [ -n "$SLIPWAY_RESUME_FROM_CHECKPOINT" ]; then
            echo "from $(basename "$SLIPWAY_RESUME_FROM_CHECKPOINT"): $(cat "$SLIPWAY_RESUME_FROM_CHECKPOINT/weights")"; exit 0
        fi
        for step in 9 100; do
            mkdir "$SLIPWAY_OUTPUT_DIR/checkpoint-$step"; echo "step $step" > "$SLIPWAY_OUTPUT_DIR/checkpoint-$step/weights"
        done
        echo "from the beginning"; exit 1
        """;

    [Fact]
    public async Task A_retry_goes_on_from_the_last_checkpoint()
    {
        await using var server = await TrainingServer.StartAsync(Script);
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);

        await server.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/retry");
        var ended = await server.UntilAsync(run.Id, one => one is { Attempt: 2, Status: RunStatuses.Succeeded });

        Assert.Equal(["from the beginning", "from checkpoint-100: step 100"], await server.OutputAsync(run.Id));
        Assert.Equal(run.Id, ended.ResumeFrom);
    }

    [Fact]
    public async Task A_retry_without_resuming_begins_again_even_after_one_that_resumed()
    {
        await using var server = await TrainingServer.StartAsync($"{Script.Replace("exit 0", "exit 1", StringComparison.Ordinal)}");
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);
        await server.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/retry");
        await server.UntilAsync(run.Id, one => one is { Attempt: 2, Status: RunStatuses.Failed });

        await server.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/retry", new { resume = false });
        var ended = await server.UntilAsync(run.Id, one => one is { Attempt: 3, Status: RunStatuses.Failed });

        Assert.Equal(["from the beginning", "from checkpoint-100: step 100", "from the beginning"], await server.OutputAsync(run.Id));
        Assert.Null(ended.ResumeFrom);
    }

    [Fact]
    public async Task A_run_goes_on_from_the_checkpoint_of_another()
    {
        await using var server = await TrainingServer.StartAsync(Script);
        var source = await server.EndOfAsync((await server.StartRunAsync()).Id);

        var run = await server.EndOfAsync((await server.StartRunAsync(new { resume_from = source.Id })).Id);

        Assert.Equal((RunStatuses.Succeeded, source.Id), (run.Status, run.ResumeFrom));
        Assert.Equal(["from checkpoint-100: step 100"], await server.OutputAsync(run.Id));
    }

    [Fact]
    public async Task A_checkpoint_that_was_broken_off_is_passed_over()
    {
        await using var server = await TrainingServer.StartAsync(
            Script.Replace("echo \"from the beginning\"", "echo '{}' > \"$SLIPWAY_OUTPUT_DIR/checkpoint-9/trainer_state.json\"", StringComparison.Ordinal));
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);

        await server.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/retry");
        await server.UntilAsync(run.Id, one => one is { Attempt: 2, Status: RunStatuses.Succeeded });

        Assert.Equal(["from checkpoint-9: step 9"], await server.OutputAsync(run.Id));
    }

    [Fact]
    public async Task Links_and_pipes_of_a_checkpoint_are_left_behind()
    {
        await using var server = await TrainingServer.StartAsync("""
            if [ -n "$SLIPWAY_RESUME_FROM_CHECKPOINT" ]; then ls -1 "$SLIPWAY_RESUME_FROM_CHECKPOINT"; exit 0; fi
            cd "$SLIPWAY_OUTPUT_DIR"; mkdir checkpoint-5; ln -s /etc checkpoint-9; cd checkpoint-5
            echo x > weights; ln -s /etc/passwd passwd; ln -s / root; ln -s nowhere dangling; mkfifo pipe; mkdir sub
            exit 1
            """);
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);

        await server.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/retry");
        await server.UntilAsync(run.Id, one => one is { Attempt: 2, Status: RunStatuses.Succeeded });

        Assert.Equal(["sub", "weights"], await server.OutputAsync(run.Id));
    }

    [Fact]
    public async Task A_run_whose_source_was_removed_does_not_begin_anew_in_silence()
    {
        await using var server = await TrainingServer.StartAsync(
            $"while [ \"$GATE\" ] && [ ! -f open ]; do sleep 0.05; done\n{Script}", "--Training:Gpus=1");
        var source = await server.EndOfAsync((await server.StartRunAsync(new { gpus = 0 })).Id);
        var holder = await server.StartRunAsync(new { gpus = 1, env = new { GATE = "1" } });
        await server.RunningAsync(holder.Id);
        var run = await server.StartRunAsync(new { gpus = 1, resume_from = source.Id });

        var removed = await server.SendAsync(HttpMethod.Delete, $"/runs/{source.Id}");
        server.Open("open");
        var ended = await server.EndOfAsync(run.Id);

        Assert.Equal(204, removed.Status);
        Assert.Equal((RunStatuses.Failed, "start_failed"), (ended.Status, ended.FailureCode));
        Assert.Contains(source.Id, ended.FailureReason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nobody", 400)]
    [InlineData("../../etc", 400)]
    [InlineData("", 422)]
    [InlineData("a\0b", 422)]
    public async Task A_source_that_is_none_is_refused(string source, int expected)
    {
        await using var server = await TrainingServer.StartAsync("true");

        var answer = await server.SendAsync(HttpMethod.Post, "/projects/demo/runs", new { resume_from = source });

        Assert.Equal(expected, answer.Status);
    }

    [Fact]
    public async Task Only_what_has_ended_badly_is_tried_again()
    {
        await using var server = await TrainingServer.StartAsync("true");
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);

        var good = await server.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/retry");
        var unknown = await server.SendAsync(HttpMethod.Post, "/runs/nobody/retry");
        var wrong = await server.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/retry", new { resume = "yes please" });

        Assert.Equal((409, 404, 422), (good.Status, unknown.Status, wrong.Status));
    }
}
