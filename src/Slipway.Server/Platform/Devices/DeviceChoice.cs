namespace Slipway.Server.Platform.Devices;

/// <summary>Where an engine that can use a GPU is to run.</summary>
/// <param name="Name"><c>cpu</c>, or <c>cuda:</c> with an index.</param>
/// <param name="Gpu">The GPU, where it was seen.</param>
/// <param name="Reason">Why this one, for the log.</param>
internal sealed record DeviceChoice(string Name, Gpu? Gpu, string Reason)
{
    public bool IsGpu => Name != "cpu";

    /// <summary>The GPU with the most free memory; without NVML the fallback, if there is CUDA at all; else the CPU.</summary>
    public static DeviceChoice Among(GpuSighting sighting, int fallbackIndex)
    {
        if (sighting.NvmlFault is { } fault)
        {
            return sighting.CudaPresent
                ? new($"cuda:{fallbackIndex}", null, $"CUDA is there, but which GPU is free cannot be asked: {fault}")
                : new("cpu", null, $"no CUDA here: {fault}");
        }

        // The first of equals: a tie must not depend on the order of sorting.
        return sighting.Gpus.MaxBy(gpu => gpu.FreeBytes) is { } freest
            ? new($"cuda:{freest.Index}", freest, "it has the most free memory")
            : new("cpu", null, "the driver shows no GPU");
    }
}
