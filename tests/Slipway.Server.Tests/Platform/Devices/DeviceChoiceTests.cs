using Slipway.Server.Platform.Devices;

namespace Slipway.Server.Tests.Platform.Devices;

public sealed class DeviceChoiceTests
{
    [Fact]
    public void The_gpu_with_most_free_memory_is_chosen_not_the_largest()
    {
        var choice = DeviceChoice.Among(Seen(GpuOf(0, total: 80, free: 2), GpuOf(1, total: 24, free: 20), GpuOf(2, total: 80, free: 19)), 3);

        Assert.Equal("cuda:1", choice.Name);
        Assert.Equal(1, choice.Gpu?.Index);
    }

    [Fact]
    public void Of_equals_the_first_is_chosen()
    {
        var choice = DeviceChoice.Among(Seen(GpuOf(0, 80, 5), GpuOf(2, 80, 9), GpuOf(5, 80, 9)), 3);

        Assert.Equal("cuda:2", choice.Name);
    }

    [Fact]
    public void Without_nvml_but_with_cuda_the_fallback_is_chosen()
    {
        var choice = DeviceChoice.Among(new GpuSighting([], "the library is too old", CudaPresent: true), 3);

        Assert.Equal("cuda:3", choice.Name);
        Assert.Null(choice.Gpu);
        Assert.Contains("the library is too old", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_nvml_and_without_cuda_the_cpu_is_chosen()
    {
        var choice = DeviceChoice.Among(new GpuSighting([], "no library", CudaPresent: false), 3);

        Assert.Equal("cpu", choice.Name);
        Assert.False(choice.IsGpu);
    }

    [Fact]
    public void A_driver_without_gpus_means_the_cpu()
    {
        var choice = DeviceChoice.Among(new GpuSighting([], null, CudaPresent: false), 3);

        Assert.Equal("cpu", choice.Name);
    }

    [Theory]
    [InlineData(null, "cuda:3")]
    [InlineData("1", "cuda:1")]
    public async Task The_log_tells_what_was_seen_and_what_was_chosen(string? fallback, string expected)
    {
        string[] args = fallback is null ? [] : [$"--Device:FallbackIndex={fallback}"];
        await using var server = await RunningServer.StartAsync(args: args, gpus: new GpuSighting([], "nvmlInit_v2 answered 9", true));

        Assert.Contains(server.Log.Lines, line => line.Message.Contains(expected, StringComparison.Ordinal)
            && line.Message.Contains("nvmlInit_v2 answered 9", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void A_fallback_index_out_of_range_does_not_validate(int index, bool fits)
    {
        var result = new DeviceOptionsValidator().Validate(null, new DeviceOptions { FallbackIndex = index });

        Assert.Equal(fits, result.Succeeded);
    }

    private static GpuSighting Seen(params Gpu[] gpus) => new(gpus, null, CudaPresent: true);

    private static Gpu GpuOf(int index, long total, long free) => new(index, $"GPU {index}", $"uuid-{index}", total << 30, free << 30);
}
