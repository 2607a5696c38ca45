using Slipway.Client.Runs;

namespace Slipway.Server.Tests.Features.Runs;

public sealed class DiskTests
{
    [Theory]
    [InlineData("head -c 3000000 /dev/zero > \"$SLIPWAY_OUTPUT_DIR/a\"")]
    [InlineData("mkdir -p \"$SLIPWAY_OUTPUT_DIR/a/b\"; for i in 1 2 3; do head -c 1000000 /dev/zero > \"$SLIPWAY_OUTPUT_DIR/a/b/$i\"; done")]
    [InlineData("head -c 3000000 /dev/zero")]
    public async Task A_run_that_writes_more_than_it_may_is_stopped_with_the_reason(string fill)
    {
        await using var server = await TrainingServer.StartAsync($"{fill}; sleep 100", "--Training:MaxRunBytes=1048576");

        var ended = await server.EndOfAsync((await server.StartRunAsync()).Id);

        Assert.Equal((RunStatuses.Failed, "disk"), (ended.Status, ended.FailureCode));
        Assert.Matches("^it has written [12] MiB, and Training:MaxRunBytes allows 1 MiB$", ended.FailureReason);
        Assert.Empty(Processes.Of(ended.Id));
    }

    [Fact]
    public async Task The_data_are_not_what_a_run_has_written()
    {
        await using var server = await TrainingServer.StartAsync("sleep 3", "--Training:MaxRunBytes=1048576");
        await File.WriteAllBytesAsync(Path.Combine(server.Folder, "data.jsonl"), new byte[5_000_000], TestContext.Current.CancellationToken);

        var ended = await server.EndOfAsync((await server.StartRunAsync()).Id);

        Assert.Equal(RunStatuses.Succeeded, ended.Status);
    }

    [Fact]
    public async Task On_a_disk_that_is_nearly_full_only_who_goes_on_writing_is_stopped()
    {
        await using var server = await TrainingServer.StartAsync(
            """
            if [ "$FILL" ]; then while :; do head -c 600000 /dev/zero >> "$SLIPWAY_OUTPUT_DIR/a"; sleep 0.2; done; fi
            while [ ! -f open ]; do echo still here; sleep 0.2; done
            """, $"--Training:MinFreeBytes={long.MaxValue}");
        var quiet = await server.StartRunAsync();
        var filling = await server.StartRunAsync(new { env = new { FILL = "1" } });

        var ended = await server.EndOfAsync(filling.Id);
        var other = await server.GetAsync(quiet.Id);
        server.Open("open");
        var quietEnd = await server.EndOfAsync(quiet.Id);

        Assert.Equal((RunStatuses.Failed, "disk"), (ended.Status, ended.FailureCode));
        Assert.Contains("Training:MinFreeBytes", ended.FailureReason, StringComparison.Ordinal);
        Assert.Equal((RunStatuses.Running, RunStatuses.Succeeded), (other.Status, quietEnd.Status));
    }
}
