using System.Net;
using Slipway.Client.Deployments;
using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Deployments;

/// <summary>What clients of the gateway see while model servers die, are taken away, or are started again. Every call is counted.</summary>
public sealed class LoadTests
{
    private const int Clients = 8;
    private const int Words = 20;

    [Fact]
    public async Task Of_one_killed_replica_only_the_streams_that_it_had_begun_break_off()
    {
        const int Many = 3 * Words;
        await using var server = await StartAsync(Many);
        var info = await RunningAsync(server, replicas: 3);
        var (victim, others) = (info.Servers[1], info.Servers.Where(one => one.Number != 1).Select(one => one.Pid));
        await using var load = new GatewayLoad(server.Http, "demo", Clients, Many);
        await load.MoreAsync(Clients);
        await Patience.UntilAsync(
            () => Task.FromResult(load.InFlight.Any(call => call.IsStream && call.Port == $"{victim.Port}")), () => "It was never given a stream.");

        Kill(victim.Pid!.Value);
        await Patience.UntilAsync(() => Task.FromResult(!DeploymentServer.IsAlive(victim.Pid!.Value)), () => "It lives on.");
        var before = load.Calls;
        var after = await server.UntilAsync(info.DeploymentId, one => one.Servers[1] is { Restarts: 1, Status: DeploymentStatuses.Running });
        await load.MoreAsync(6 * Clients);
        var calls = await load.EndAsync();

        var broken = calls.Where(call => call.Outcome is LoadOutcome.BrokenOff).ToList();
        Assert.All(calls, call => Assert.True(call.Outcome is LoadOutcome.Complete or LoadOutcome.BrokenOff, $"{call}"));
        Assert.NotEmpty(broken);
        Assert.All(broken, call => Assert.True(call.IsStream && before.Contains(call) && IsOf(call, victim.Port), $"{call}"));
        Assert.All(broken, call => Assert.Contains("upstream_error", call.Words, StringComparison.Ordinal));
        Assert.Equal(others, after.Servers.Where(one => one.Number != 1).Select(one => one.Pid));
        Assert.Contains(calls.TakeLast(6 * Clients), call => call.Port == $"{after.Servers[1].Port}");
    }

    [Fact]
    public async Task A_server_that_was_killed_is_called_again_as_soon_as_it_is_back()
    {
        await using var server = await StartAsync();
        var info = await RunningAsync(server, replicas: 1);
        await using (var load = new GatewayLoad(server.Http, "demo", Clients, Words))
        {
            await load.MoreAsync(Clients);
            Kill(info.Servers[0].Pid!.Value);
            await load.EndAsync();
        }
        // More failures than its breaker bears: what was held against the one that died is not held against this one.
        for (var call = 0; call < 6; call++)
        {
            (await server.ChatAsync("demo")).Dispose();
        }

        await server.UntilAsync(info.DeploymentId, one => one is { Restarts: 1, Status: DeploymentStatuses.Running });
        using var answer = await server.ChatAsync("demo");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_removal_under_load_fails_no_call_that_was_taken()
    {
        await using var server = await StartAsync();
        var info = await RunningAsync(server, replicas: 1);
        await using var load = new GatewayLoad(server.Http, "demo", Clients, Words);
        await load.MoreAsync(2 * Clients);

        using var removed = await server.DeleteAsync(info.DeploymentId);
        await Patience.UntilAsync(
            () => Task.FromResult(load.Calls.Count(call => call.Outcome is LoadOutcome.NotFound) == Clients), () => "The route stays.");
        var calls = await load.EndAsync();

        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        Assert.All(calls, call => Assert.True(call.Outcome is LoadOutcome.Complete or LoadOutcome.NotFound, $"{call}"));
        Assert.Equal(Clients, calls.Count(call => call.Outcome is LoadOutcome.NotFound));
        Assert.False(DeploymentServer.IsAlive(info.Pid!.Value));
    }

    [Fact]
    public async Task A_rolling_restart_under_load_fails_no_call()
    {
        await using var server = await StartAsync();
        var info = await RunningAsync(server, replicas: 2);
        await using var load = new GatewayLoad(server.Http, "demo", Clients, Words);
        await load.MoreAsync(2 * Clients);

        using var restart = await server.RestartAsync(info.DeploymentId);
        var after = await server.UntilAsync(
            info.DeploymentId, one => one.Servers.All(replica => replica is { Restarts: 1, Status: DeploymentStatuses.Running }));
        await load.MoreAsync(2 * Clients);
        var calls = await load.EndAsync();

        Assert.Equal(HttpStatusCode.Accepted, restart.StatusCode);
        Assert.All(calls, call => Assert.True(call.Outcome is LoadOutcome.Complete, $"{call}"));
        Assert.Empty(info.Servers.Select(one => one.Pid).Intersect(after.Servers.Select(one => one.Pid)));
    }

    private static async Task<DeploymentServer> StartAsync(int words = Words)
    {
        var server = await DeploymentServer.StartAsync();
        server.Engines.Turn("PLAY_TOKENS", $"{words}");
        server.Engines.Turn("PLAY_SLOW", "0.02");
        return server;
    }

    private static async Task<DeploymentInfo> RunningAsync(DeploymentServer server, int replicas) => await server.UntilAsync(
        (await server.CreateAsync(new { replicas })).DeploymentId, info => info.Servers.All(replica => replica.Status == DeploymentStatuses.Running));

    // In its first four words a server does not say which one it is.
    private static bool IsOf(LoadCall call, int? port) => call.Port is null || call.Port == $"{port}";

    private static void Kill(int pid)
    {
        using var process = System.Diagnostics.Process.GetProcessById(pid);
        process.Kill();
    }
}
