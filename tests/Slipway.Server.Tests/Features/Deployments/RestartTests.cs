using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Client.Deployments;
using Slipway.Server.Features.Deployments;
using Slipway.Server.Tests.Features.Runs;

namespace Slipway.Server.Tests.Features.Deployments;

/// <summary>Restarts that meet another wish on their way.</summary>
public sealed class RestartTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_one_is_refused_until_the_first_is_over()
    {
        await using var server = await DeploymentServer.StartAsync();
        server.Engines.Turn("PLAY_TOKENS", "20");
        server.Engines.Turn("PLAY_SLOW", "0.1");
        var info = await RunningAsync(server, replicas: 2);
        using var stream = await server.ChatAsync("demo", stream: true);

        using var first = await server.RestartAsync(info.DeploymentId);
        using var second = await server.RestartAsync(info.DeploymentId);
        await server.UntilAsync(info.DeploymentId, one => one.Servers.All(replica => replica is { Restarts: 1, Status: DeploymentStatuses.Running }));
        HttpResponseMessage? third = null;
        await Runs.Executors.Patience.UntilAsync(
            async () => (third = await server.RestartAsync(info.DeploymentId)).StatusCode == HttpStatusCode.Accepted, () => "It is refused for ever.");

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Conflict), (first.StatusCode, second.StatusCode));
        Assert.Contains("being started again already", await second.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        third!.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_removal_in_the_middle_of_one_is_the_last_word(bool force)
    {
        await using var server = await DeploymentServer.StartAsync(null, "--Deployments:DrainGrace=00:01:00");
        server.Engines.Turn("PLAY_TOKENS", "60");
        server.Engines.Turn("PLAY_SLOW", "0.1");
        var info = await RunningAsync(server, replicas: 3);
        var streams = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => server.ChatAsync("demo", stream: true)));

        (await server.RestartAsync(info.DeploymentId)).Dispose();
        await server.UntilAsync(info.DeploymentId, one => one.Servers[0].Status == DeploymentStatuses.Stopping);
        using var removed = await server.DeleteAsync(info.DeploymentId, force);

        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        Assert.All(info.Servers, replica => Assert.False(DeploymentServer.IsAlive(replica.Pid!.Value)));
        foreach (var stream in streams)
        {
            stream.Dispose();
        }
    }

    [Fact]
    public async Task One_that_brings_no_server_back_leaves_the_others_alone()
    {
        await using var server = await DeploymentServer.StartAsync();
        var info = await RunningAsync(server, replicas: 2);
        server.Engines.Turn("PLAY_FAIL", "error: the model's file is gone");

        (await server.RestartAsync(info.DeploymentId)).Dispose();
        await server.UntilAsync(info.DeploymentId, one => one.Servers[0].Status == DeploymentStatuses.Failed);
        server.Engines.Turn("PLAY_FAIL", null);
        using var next = await UntilTakenAsync(server, info.DeploymentId);
        var after = await server.UntilAsync(info.DeploymentId, one => one.Servers.All(replica => replica.Status == DeploymentStatuses.Running
            && !info.Servers.Select(before => before.Pid).Contains(replica.Pid)));

        Assert.Equal(1, after.Servers[1].Restarts);
    }

    [Fact]
    public async Task Of_its_starts_only_the_last_keeps_a_folder()
    {
        await using var server = await DeploymentServer.StartAsync();
        var info = await RunningAsync(server, replicas: 1);

        (await server.RestartAsync(info.DeploymentId)).Dispose();
        await server.UntilAsync(info.DeploymentId, one => one is { Restarts: 1, Status: DeploymentStatuses.Running });
        var folders = Directory.EnumerateDirectories(
            Path.Combine(server.Services.GetRequiredService<DeploymentFolders>().Root, info.DeploymentId, "0")).Select(Path.GetFileName);

        Assert.Equal(["2", "data"], folders.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task One_that_has_failed_is_removed_like_any_other()
    {
        await using var server = await DeploymentServer.StartAsync();
        server.Engines.Turn("PLAY_FAIL", "error: unsupported architecture 'moon'");
        var failed = await server.UntilAsync((await server.CreateAsync()).DeploymentId, one => one.Status == DeploymentStatuses.Failed);

        using var removed = await server.DeleteAsync(failed.DeploymentId);
        var left = await TrainingServer.ReadAsync<List<DeploymentInfo>>(await server.Http.GetAsync("/deployments", Token));

        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        Assert.Empty(left);
    }

    private static async Task<HttpResponseMessage> UntilTakenAsync(DeploymentServer server, string id)
    {
        HttpResponseMessage? answer = null;
        await Runs.Executors.Patience.UntilAsync(
            async () => (answer = await server.RestartAsync(id)).StatusCode == HttpStatusCode.Accepted, () => "The first one is never over.");
        return answer!;
    }

    private static async Task<DeploymentInfo> RunningAsync(DeploymentServer server, int replicas) => await server.UntilAsync(
        (await server.CreateAsync(new { replicas })).DeploymentId, info => info.Servers.All(replica => replica.Status == DeploymentStatuses.Running));
}
