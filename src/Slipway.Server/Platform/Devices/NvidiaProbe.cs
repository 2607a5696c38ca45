using System.Runtime.InteropServices;

namespace Slipway.Server.Platform.Devices;

/// <summary>Asks NVML, in this process; without it, looks for traces of CUDA.</summary>
internal sealed partial class NvidiaProbe(IOptions<DeviceOptions> options, ILogger<NvidiaProbe> logger) : IGpuProbe
{
    public GpuSighting Look()
    {
        try
        {
            using var nvml = new NvmlLibrary(options.Value.NvmlLibrary);
            var gpus = Read(nvml).ToList();
            return new GpuSighting(gpus, null, CudaPresent: gpus.Count > 0);
        }
        catch (Exception exception) when (exception
            is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or NvmlException)
        {
            return new GpuSighting([], Why(exception), HasTracesOfCuda());
        }
    }

    // One that fails does not hide the others.
    private List<Gpu> Read(NvmlLibrary nvml)
    {
        var gpus = new List<Gpu>();
        for (var index = 0; index < nvml.CountGpus(); index++)
        {
            try
            {
                gpus.Add(nvml.ReadGpu(index));
            }
            catch (NvmlException exception)
            {
                LogGpuSilent(index, exception.Message);
            }
        }

        return gpus;
    }

    private string Why(Exception exception) => exception switch
    {
        NvmlException => exception.Message,
        EntryPointNotFoundException => $"{options.Value.NvmlLibrary} lacks a function of NVML",
        _ => $"{options.Value.NvmlLibrary} cannot be loaded",
    };

    private static bool HasTracesOfCuda()
    {
        if (NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var cuda))
        {
            NativeLibrary.Free(cuda);
            return true;
        }

        return OperatingSystem.IsLinux() && Directory.EnumerateFileSystemEntries("/dev", "nvidia*").Any();
    }

    [LoggerMessage(1031, LogLevel.Warning, "GPU {Index} does not answer and is passed over: {Reason}")]
    private partial void LogGpuSilent(int index, string reason);
}
