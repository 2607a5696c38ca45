using Slipway.Server.Platform.Devices;

namespace Slipway.Server.Features.Runs;

/// <summary>The GPUs of this machine that runs may be given.</summary>
internal sealed class GpuStock(DeviceSurvey devices, IOptions<TrainingOptions> options)
{
    /// <summary>Their indexes, as the driver counts; empty where none were seen, which does not mean that there are none.</summary>
    public IReadOnlyList<int> Indexes => options.Value.Gpus is { } count
        ? [.. Enumerable.Range(0, count)]
        : [.. devices.Sighting.Gpus.Select(gpu => gpu.Index)];
}
