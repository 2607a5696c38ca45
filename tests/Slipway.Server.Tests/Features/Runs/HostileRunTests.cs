using Slipway.Client.Runs;

namespace Slipway.Server.Tests.Features.Runs;

/// <summary>What a training script may do to itself, to its folder and to whoever watches it.</summary>
public sealed class HostileRunTests
{
    [Fact]
    public async Task What_forked_away_ends_with_its_run()
    {
        await using var server = await TrainingServer.StartAsync("""
            (setsid sh -c 'trap "" TERM HUP; sleep 1000 & wait' >/dev/null 2>&1 &)
            (trap '' TERM; sleep 1000) &
            echo gone
            """);

        var ended = await server.EndOfAsync((await server.StartRunAsync()).Id);

        Assert.Equal((RunStatuses.Succeeded, 0), (ended.Status, ended.ExitCode));
        Assert.Empty(Processes.Of(ended.Id));
    }

    [Fact]
    public async Task Binary_output_is_shown_and_does_not_stop_the_end()
    {
        await using var server = await TrainingServer.StartAsync("""
            printf 'a\000b\377\376\033[31mred\033[0m\n'
            head -c 300000 /dev/urandom
            printf '\nlast\000\n' >&2
            exit 9
            """);

        var ended = await server.EndOfAsync((await server.StartRunAsync()).Id);
        var output = await server.OutputAsync(ended.Id);

        Assert.Equal((RunStatuses.Failed, 9), (ended.Status, ended.ExitCode));
        Assert.Equal(("a\\x00b\uFFFD\uFFFDred", "last\\x00"), (output[0], output[^1]));
        Assert.DoesNotContain('\0', ended.FailureReason!);
    }

    [Theory]
    [InlineData("rm -rf \"${SLIPWAY_OUTPUT_DIR%/output}\"")]
    [InlineData("rm -rf \"$SLIPWAY_OUTPUT_DIR\"; ln -s / \"$SLIPWAY_OUTPUT_DIR\"")]
    [InlineData("rm \"$SLIPWAY_OUTPUT_DIR/../output.log\"; mkfifo \"$SLIPWAY_OUTPUT_DIR/../output.log\"")]
    [InlineData("rm \"$SLIPWAY_OUTPUT_DIR/../output.log\"; ln -s /etc/passwd \"$SLIPWAY_OUTPUT_DIR/../output.log\"")]
    [InlineData("rm \"$SLIPWAY_OUTPUT_DIR/../output.idx\"; mkdir -p \"$SLIPWAY_OUTPUT_DIR/../output.idx/x\"")]
    [InlineData("mkfifo \"$SLIPWAY_OUTPUT_DIR/trainer_log.jsonl\" \"$SLIPWAY_OUTPUT_DIR/trainer_state.json\"")]
    [InlineData("chmod 000 \"$SLIPWAY_OUTPUT_DIR\" \"$SLIPWAY_OUTPUT_DIR/..\"")]
    public async Task A_run_that_wrecks_its_folder_ends_and_can_be_removed(string wreck)
    {
        await using var server = await TrainingServer.StartAsync($"echo before; while [ ! -f open ]; do sleep 0.05; done; {wreck}; echo after; sleep 1");
        var run = await server.StartRunAsync();
        await server.UntilAsync(run.Id, one => one.LogCount >= 4);
        server.Open("open");

        var ended = await server.EndOfAsync(run.Id);
        var log = await server.LogsAsync(run.Id);
        var artifacts = await server.GetAsync<List<RunArtifact>>($"/runs/{run.Id}/artifacts");
        var removed = await server.SendAsync(HttpMethod.Delete, $"/runs/{run.Id}");

        Assert.True(RunStatuses.IsFinal(ended.Status));
        Assert.Empty(artifacts);
        Assert.DoesNotContain(log, line => line.Text.StartsWith("root:", StringComparison.Ordinal));
        Assert.Equal(204, removed.Status);
        Assert.True(File.Exists("/etc/passwd"));
    }

    [Fact]
    public async Task A_run_that_has_removed_its_folder_can_be_cancelled()
    {
        await using var server = await TrainingServer.StartAsync(
            """while [ ! -f open ]; do sleep 0.05; done; rm -rf "${SLIPWAY_OUTPUT_DIR%/output}"; trap '' TERM; while :; do sleep 0.2; done""");
        var run = await server.StartRunAsync();
        await server.RunningAsync(run.Id);
        server.Open("open");
        await server.UntilAsync(run.Id, _ => !Directory.Exists(server.Runs.OutputOf(run.Id, 1)) && Processes.Of(run.Id).Count > 0);

        await server.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/cancel");
        var ended = await server.EndOfAsync(run.Id);

        Assert.Contains(ended.Status, new[] { RunStatuses.Cancelled, RunStatuses.Lost });
        Assert.Empty(Processes.Of(run.Id));
    }

    [Fact]
    public async Task A_removed_index_costs_no_line()
    {
        await using var server = await TrainingServer.StartAsync("""
            seq 1 100000; while [ ! -f open ]; do sleep 0.05; done
            rm "$SLIPWAY_OUTPUT_DIR/../output.idx"; seq 100001 3000000
            """);
        var run = await server.StartRunAsync();
        await server.UntilAsync(run.Id, one => one.LogCount > 100000);
        server.Open("open");

        var ended = await server.EndOfAsync(run.Id);
        var last = await server.LogsAsync(run.Id, "tail=2");

        Assert.Equal(3_000_004, ended.LogCount);
        Assert.Equal(("3000000", 3_000_003L), (last[0].Text, last[0].Line));
    }

    [Theory]
    [InlineData("env", "A=B")]
    [InlineData("env", "1A")]
    [InlineData("env", "")]
    [InlineData("env", "SLIPWAY_RUN_TOKEN")]
    [InlineData("parameters", "--config")]
    [InlineData("parameters", "a b")]
    [InlineData("parameters", "a=b")]
    public async Task Names_that_could_mean_something_else_are_refused(string field, string name)
    {
        await using var server = await TrainingServer.StartAsync("true");

        var answer = await server.SendAsync(
            HttpMethod.Post, "/projects/demo/runs", new Dictionary<string, object> { [field] = new Dictionary<string, string> { [name] = "x" } });

        Assert.Equal(422, answer.Status);
        Assert.Contains(field, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_environment_has_its_limits()
    {
        await using var server = await TrainingServer.StartAsync("true");

        var many = await server.SendAsync(
            HttpMethod.Post, "/projects/demo/runs", new { env = Enumerable.Range(0, 257).ToDictionary(number => $"V{number}", _ => "x") });
        var @long = await server.SendAsync(HttpMethod.Post, "/projects/demo/runs", new { env = new { A = new string('x', 32769) } });
        var zero = await server.SendAsync(HttpMethod.Post, "/projects/demo/runs", new { env = new { A = "a\0b" } });

        Assert.Equal((422, 422, 422), (many.Status, @long.Status, zero.Status));
    }

    [Fact]
    public async Task Parameters_and_environment_reach_the_script_as_they_are()
    {
        await using var server = await TrainingServer.StartAsync("""shift; printf '<%s>\n' "$@" "$A" """);
        const string Nasty = "$(touch owned); `id` 'q' \"d\" * \\ 微\nline";

        var run = await server.StartRunAsync(new { env = new { A = Nasty }, parameters = new Dictionary<string, object> { ["x"] = Nasty, ["lr"] = 1e-5, ["on"] = true } });
        await server.EndOfAsync(run.Id);

        Assert.Equal($"<lr=1E-05>\n<on=true>\n<x={Nasty}>\n<{Nasty}>", string.Join('\n', await server.OutputAsync(run.Id)));
        Assert.Contains("lr=1E-05 on=true 'x=$(touch owned); `id` '\\''q'\\''", run.StartCommand, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(server.Folder, "owned")));
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_a_start_that_failed_in_words()
    {
        await using var server = await TrainingServer.StartAsync("true", "--Training:Command:0=no-such-program");

        var ended = await server.EndOfAsync((await server.StartRunAsync()).Id);

        Assert.Equal((RunStatuses.Failed, "start_failed"), (ended.Status, ended.FailureCode));
        Assert.Contains("no-such-program", ended.FailureReason, StringComparison.Ordinal);
        Assert.Contains(await server.LogsAsync(ended.Id), line => line.Level == "error" && line.Text.Contains("could not be started", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("rm train.yaml; mkfifo train.yaml", "train.yaml")]
    [InlineData("rm train.yaml; ln -s /etc/passwd train.yaml", "train.yaml")]
    [InlineData("mkdir d; ln -s / d/up; rm train.yaml; ln -s d/up/etc/passwd train.yaml", "train.yaml")]
    [InlineData("rm data.jsonl; mkfifo data.jsonl", "data.jsonl")]
    [InlineData("rm data.jsonl; ln -s /etc/shadow data.jsonl", "data.jsonl")]
    [InlineData("rm train.yaml; ln -s train.yaml train.yaml", "train.yaml")]
    [InlineData("rm train.yaml; head -c 2000000 /dev/zero > train.yaml", "train.yaml")]
    public async Task Inputs_that_were_exchanged_are_named_and_not_read(string exchange, string name)
    {
        await using var server = await TrainingServer.StartAsync(exchange);
        await server.EndOfAsync((await server.StartRunAsync()).Id);

        var answer = await server.SendAsync(HttpMethod.Post, "/projects/demo/runs");

        Assert.Equal(400, answer.Status);
        Assert.Contains($"'{name}'", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_inside_the_training_directory_is_a_good_input()
    {
        await using var server = await TrainingServer.StartAsync("""cat "$1" "$SLIPWAY_DATASET_DIR"/data-1.jsonl""");
        File.Move(Path.Combine(server.Folder, "data.jsonl"), Path.Combine(server.Folder, "v2.jsonl"));
        File.CreateSymbolicLink(Path.Combine(server.Folder, "data.jsonl"), "v2.jsonl");
        File.Move(Path.Combine(server.Folder, "train.yaml"), Path.Combine(server.Folder, "v2.yaml"));
        File.CreateSymbolicLink(Path.Combine(server.Folder, "train.yaml"), "v2.yaml");

        var ended = await server.EndOfAsync((await server.StartRunAsync()).Id);

        Assert.Equal(["stage: sft", "do_train: true", "dataset: d", """{"instruction":"a","output":"b"}"""], await server.OutputAsync(ended.Id));
    }

    [Fact]
    public async Task Points_without_an_end_leave_the_log_whole()
    {
        await using var server = await TrainingServer.StartAsync("""yes "{'loss': 1.5, 'epoch': 1.0}" | head -n 200000""");

        var ended = await server.EndOfAsync((await server.StartRunAsync()).Id);

        Assert.Equal((RunStatuses.Succeeded, 200_004L, 1.5), (ended.Status, ended.LogCount, ended.Metrics["loss"]));
    }
}
