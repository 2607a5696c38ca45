namespace Slipway.Server.Platform.Devices;

/// <summary>One GPU as the driver shows it: its place in the order of the PCI bus, and what of its memory was free then.</summary>
internal sealed record Gpu(int Index, string Name, string Uuid, long TotalBytes, long FreeBytes);

/// <summary>What was seen when looking for GPUs.</summary>
/// <param name="Gpus">In the order of their index.</param>
/// <param name="NvmlFault">Why NVML could not be asked; null when it answered.</param>
/// <param name="CudaPresent">Whether there are signs of CUDA at all, as far as can be told without NVML.</param>
internal sealed record GpuSighting(IReadOnlyList<Gpu> Gpus, string? NvmlFault, bool CudaPresent);

/// <summary>Looks for GPUs. What the machine has is outside this process, so that tests put their own in its place.</summary>
internal interface IGpuProbe
{
    GpuSighting Look();
}
