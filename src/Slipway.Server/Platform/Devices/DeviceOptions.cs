using System.ComponentModel.DataAnnotations;

namespace Slipway.Server.Platform.Devices;

internal sealed class DeviceOptions
{
    /// <summary>Which GPU to take when CUDA is there but NVML cannot be asked which one is free.</summary>
    [Range(0, 255)]
    public int FallbackIndex { get; init; } = 3;

    /// <summary>NVIDIA's management library: a name that the loader finds, or a path.</summary>
    [Required]
    public string NvmlLibrary { get; init; } = OperatingSystem.IsWindows() ? "nvml.dll" : "libnvidia-ml.so.1";
}

[OptionsValidator]
internal sealed partial class DeviceOptionsValidator : IValidateOptions<DeviceOptions>;
