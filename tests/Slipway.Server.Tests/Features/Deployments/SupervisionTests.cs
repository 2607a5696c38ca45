using System.Diagnostics;
using System.Net;
using Slipway.Client.Deployments;
using Slipway.Server.Tests.Processes;

namespace Slipway.Server.Tests.Features.Deployments;

/// <summary>Servers that die, hang, are busy, or do not want to end.</summary>
public sealed class SupervisionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_is_killed_is_started_again_and_its_log_goes_on()
    {
        await using var server = await DeploymentServer.StartAsync();
        var info = await server.RunningAsync();
        var before = await server.Http.GetStringAsync($"/deployments/{info.DeploymentId}/logs?tail=10000", Token);

        Kill(info.Pid!.Value);
        var after = await server.UntilAsync(info.DeploymentId, one => one is { Restarts: 1, Status: DeploymentStatuses.Running });
        using var answer = await server.ChatAsync("demo");

        Assert.NotEqual(info.Pid, after.Pid);
        Assert.True(answer.IsSuccessStatusCode);
        Assert.StartsWith(before, await server.Http.GetStringAsync($"/deployments/{info.DeploymentId}/logs?tail=10000", Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_says_the_same_and_dies_twice_is_not_started_a_third_time()
    {
        await using var server = await DeploymentServer.StartAsync();
        server.Engines.Turn("PLAY_FAIL", "error: unsupported architecture 'moon'");

        var failed = await server.UntilAsync((await server.CreateAsync()).DeploymentId, one => one.Status == DeploymentStatuses.Failed);
        server.Engines.Turn("PLAY_FAIL", null);
        (await server.Http.PostAsync($"/deployments/{failed.DeploymentId}/restart", null, Token)).Dispose();
        var again = await server.UntilAsync(failed.DeploymentId, one => one.Status == DeploymentStatuses.Running);

        Assert.Equal(1, failed.Restarts);
        Assert.Contains("exit code 1", failed.FailureReason, StringComparison.Ordinal);
        Assert.Contains("unsupported architecture 'moon'", failed.FailureReason, StringComparison.Ordinal);
        Assert.NotNull(failed.StoppedAt);
        Assert.Null(again.FailureReason);
    }

    [Theory]
    [InlineData("OSError: [Errno 98] Address already in use")]
    [InlineData("http://127.0.0.1:21000 is taken by another process. Stop that one, or choose another port with --port.")]
    public async Task One_whose_port_is_always_taken_by_somebody_else_is_tried_on_a_few_and_then_fails(string words)
    {
        await using var server = await DeploymentServer.StartAsync();
        server.Engines.Turn("PLAY_FAIL", words);

        var failed = await server.UntilAsync((await server.CreateAsync()).DeploymentId, one => one.Status == DeploymentStatuses.Failed);
        server.Engines.Turn("PLAY_FAIL", null);
        using var again = await server.RestartAsync(failed.DeploymentId);
        var running = await server.UntilAsync(failed.DeploymentId, one => one.Status == DeploymentStatuses.Running);

        // Five for the ports, and two deaths with the same words.
        Assert.Equal(6, failed.Restarts);
        Assert.Contains(words, failed.FailureReason, StringComparison.Ordinal);
        Assert.Null(running.FailureReason);
    }

    [Fact]
    public async Task One_whose_only_port_was_taken_gets_it_when_it_is_free_again()
    {
        var port = Engines.PlayedEngines.FreePort();
        await using var server = await DeploymentServer.StartAsync(null, $"--Deployments:FirstPort={port}", $"--Deployments:LastPort={port}");
        server.Engines.Turn("PLAY_FAIL", "OSError: [Errno 98] Address already in use");

        var made = await server.CreateAsync();
        await server.UntilAsync(made.DeploymentId, one => one.FailureReason?.Contains("waits for a port", StringComparison.Ordinal) == true);
        server.Engines.Turn("PLAY_FAIL", null);
        var running = await server.UntilAsync(made.DeploymentId, one => one.Status == DeploymentStatuses.Running);

        Assert.Equal(port, running.Port);
    }

    [Fact]
    public async Task One_that_says_it_is_well_and_writes_no_word_hangs_and_is_started_again()
    {
        await using var server = await DeploymentServer.StartAsync(settings: "--Deployments:HungAfter=00:00:02");
        var info = await server.RunningAsync();
        server.Engines.Turn("PLAY_HANG", "1");

        var call = server.ChatAsync("demo");
        await server.UntilAsync(info.DeploymentId, one => one.Restarts == 1 || one.FailureReason?.Contains("hung", StringComparison.Ordinal) == true);
        server.Engines.Turn("PLAY_HANG", null);
        await server.UntilAsync(info.DeploymentId, one => one is { Restarts: >= 1, Status: DeploymentStatuses.Running });
        (await call).Dispose();
    }

    [Fact]
    public async Task One_that_is_too_busy_for_its_health_stays_as_long_as_it_gets_on()
    {
        await using var server = await DeploymentServer.StartAsync();
        var info = await server.RunningAsync();
        server.Engines.Turn("PLAY_TOKENS", "40");
        server.Engines.Turn("PLAY_SLOW", "0.1");
        var call = server.ChatAsync("demo");
        server.Engines.Turn("PLAY_DEAF", "1");

        using var answer = await call;
        var after = await server.GetAsync(info.DeploymentId);

        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal((0, info.Pid), (after.Restarts, after.Pid));
    }

    [Fact]
    public async Task One_that_does_not_answer_loses_its_route_and_gets_it_back()
    {
        await using var server = await DeploymentServer.StartAsync(null, "--Deployments:HealthTimeout=00:00:30");
        var info = await server.RunningAsync();

        server.Engines.Turn("PLAY_UNWELL", "1");
        var unwell = await server.UntilAsync(info.DeploymentId, one => one.Status == DeploymentStatuses.Unhealthy);
        using var refused = await server.ChatAsync("demo");
        server.Engines.Turn("PLAY_UNWELL", null);
        var well = await server.UntilAsync(info.DeploymentId, one => one.Status == DeploymentStatuses.Running);
        using var answered = await server.ChatAsync("demo");

        Assert.Equal((false, HttpStatusCode.NotFound), (unwell.HealthOk, refused.StatusCode));
        Assert.Contains("/health answers 500", unwell.FailureReason, StringComparison.Ordinal);
        Assert.Equal((info.Pid, HttpStatusCode.OK), (well.Pid, answered.StatusCode));
    }

    [Fact]
    public async Task One_that_is_frozen_is_started_again()
    {
        await using var server = await DeploymentServer.StartAsync(null, "--Deployments:HealthTimeout=00:00:01", "--Deployments:SilentAfter=00:00:03");
        var info = await server.RunningAsync();

        using (var frozen = Process.GetProcessById((int)info.Pid!))
        {
            await Signals.SendAsync(frozen, "STOP");
        }
        await server.UntilAsync(info.DeploymentId, one => one.FailureReason?.Contains("has answered nothing for 3 s", StringComparison.Ordinal) == true);
        var again = await server.UntilAsync(info.DeploymentId, one => one is { Restarts: >= 1, Status: DeploymentStatuses.Running });

        Assert.NotEqual(info.Pid, again.Pid);
    }

    [Fact]
    public async Task A_removal_lets_a_stream_come_to_its_end_and_takes_no_more_calls()
    {
        await using var server = await DeploymentServer.StartAsync(null, "--Deployments:DrainGrace=00:01:00");
        server.Engines.Turn("PLAY_TOKENS", "60");
        server.Engines.Turn("PLAY_SLOW", "0.1");
        var info = await server.RunningAsync();
        using var stream = await server.ChatAsync("demo", stream: true);

        var removal = server.DeleteAsync(info.DeploymentId);
        await server.UntilAsync(info.DeploymentId, one => one.Status == DeploymentStatuses.Stopping);
        using var refused = await server.ChatAsync("demo");
        var text = await stream.Content.ReadAsStringAsync(Token);
        using var removed = await removal;

        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        Assert.False(DeploymentServer.IsAlive(info.Pid!.Value));
    }

    [Fact]
    public async Task One_that_ignores_TERM_is_killed_when_its_user_says_so()
    {
        await using var server = await DeploymentServer.StartAsync(settings: "--Deployments:StopGrace=00:00:01");
        server.Engines.Turn("PLAY_IGNORE_TERM", "1");
        var info = await server.RunningAsync();

        using var asked = await server.DeleteAsync(info.DeploymentId);
        var between = await server.GetAsync(info.DeploymentId);
        using var forced = await server.DeleteAsync(info.DeploymentId, force: true);

        Assert.Equal((HttpStatusCode.Conflict, DeploymentStatuses.Stopping), (asked.StatusCode, between.Status));
        Assert.Contains("force=true", await asked.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, forced.StatusCode);
        Assert.False(DeploymentServer.IsAlive(info.Pid!.Value));
    }

    private static void Kill(int pid)
    {
        using var process = System.Diagnostics.Process.GetProcessById(pid);
        process.Kill();
    }
}
