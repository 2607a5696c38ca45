using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Client.Deployments;
using Slipway.Server.Platform.Devices;
using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Deployments;

/// <summary>Who gets which GPU.</summary>
public sealed class GpuPlacementTests
{
    private const long GiB = 1L << 30;

    private static readonly GpuSighting Two = new(
        [new Gpu(0, "played", "GPU-0", 24 * GiB, 10 * GiB), new Gpu(1, "played", "GPU-1", 24 * GiB, 24 * GiB)], null, CudaPresent: true);

    [Theory]
    [InlineData(null, 4, 1)]
    [InlineData(0, 4, 0)]
    [InlineData(0, 16, 1)]
    public async Task The_preferred_one_is_taken_if_it_has_room_else_the_freest(int? preferred, int needed, int taken)
    {
        await using var server = await DeploymentServer.StartAsync(Two);

        var info = await server.RunningAsync(new { preferred_gpu = preferred, gpu_memory_bytes = needed * GiB });
        using var http = new HttpClient();
        var seen = await http.GetFromJsonAsync<JsonElement>($"http://127.0.0.1:{info.Port}/play", TestContext.Current.CancellationToken);

        Assert.Equal(taken, info.GpuId);
        Assert.Equal($"{taken}", seen.GetProperty("gpus").GetString());
    }

    [Fact]
    public async Task What_is_promised_counts_though_it_has_not_been_taken_yet()
    {
        await using var server = await DeploymentServer.StartAsync(Two);
        var first = await server.RunningAsync(new { served_model_name = "first", gpu_memory_bytes = 16 * GiB });

        var second = await server.CreateAsync(new { served_model_name = "second", gpu_memory_bytes = 16 * GiB });
        var waiting = await server.UntilAsync(second.DeploymentId, one => one.FailureReason is not null);
        using var removed = await server.DeleteAsync(first.DeploymentId);
        var running = await server.UntilAsync(second.DeploymentId, one => one.Status == DeploymentStatuses.Running);

        Assert.Equal((1, 1), (first.GpuId, running.GpuId));
        Assert.Equal(DeploymentStatuses.Starting, waiting.Status);
        Assert.Contains("waits for a GPU", waiting.FailureReason, StringComparison.Ordinal);
        Assert.Contains(first.DeploymentId, waiting.FailureReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_computes_on_the_processor_waits_for_no_gpu_and_sees_none()
    {
        await using var server = await DeploymentServer.StartAsync(Two);
        server.Services.GetRequiredService<GpuPromises>().Promise("run 1", [0, 1], long.MaxValue);

        var info = await server.RunningAsync(new { extra_args = "-ngl 0" });
        using var http = new HttpClient();
        var seen = await http.GetFromJsonAsync<JsonElement>($"http://127.0.0.1:{info.Port}/play", TestContext.Current.CancellationToken);

        Assert.Null(info.GpuId);
        Assert.Equal("-1", seen.GetProperty("gpus").GetString());
    }

    [Fact]
    public async Task None_is_placed_before_it_is_known_what_runs_hold_since_before_the_start()
    {
        await using var server = await DeploymentServer.StartAsync(Two);
        var promises = server.Services.GetRequiredService<GpuPromises>();
        await Patience.UntilAsync(() => Task.FromResult(promises.AreKnown), () => "It is never known.");
        promises.Tell(GpuGiver.Runs, GiverState.Awaited);

        var made = await server.CreateAsync(new { served_model_name = "first" });
        await server.RunningAsync(new { served_model_name = "second", extra_args = "-ngl 0" });
        var waiting = await server.GetAsync(made.DeploymentId);
        promises.Tell(GpuGiver.Runs, GiverState.Known);
        var placed = await server.UntilAsync(made.DeploymentId, one => one.Status == DeploymentStatuses.Running);

        Assert.Equal((DeploymentStatuses.Starting, null, null), (waiting.Status, waiting.Pid, waiting.GpuId));
        Assert.Equal(1, placed.GpuId);
    }
}
