using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Client.Deployments;
using Slipway.Server.Platform.Devices;

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
}
