namespace Slipway.Server.Platform.Devices;

/// <summary>What was seen at start and which device was chosen then, for engines that can use a GPU.</summary>
internal sealed partial class DeviceSurvey
{
    private readonly ILogger<DeviceSurvey> _logger;

    public DeviceSurvey(IGpuProbe probe, IOptions<DeviceOptions> options, ILogger<DeviceSurvey> logger)
    {
        _logger = logger;
        Sighting = probe.Look();
        Chosen = DeviceChoice.Among(Sighting, options.Value.FallbackIndex);
        foreach (var gpu in Sighting.Gpus)
        {
            LogSeen(gpu.Index, gpu.Name, gpu.FreeBytes >> 20, gpu.TotalBytes >> 20);
        }

        LogChosen(Chosen.Name, Chosen.Reason);
    }

    public GpuSighting Sighting { get; }

    public DeviceChoice Chosen { get; }

    [LoggerMessage(1032, LogLevel.Information, "GPU {Index}: {Name}, {FreeMiB} of {TotalMiB} MiB free")]
    private partial void LogSeen(int index, string name, long freeMiB, long totalMiB);

    [LoggerMessage(1033, LogLevel.Information, "Device for engines that can use a GPU: {Device}, because {Reason}")]
    private partial void LogChosen(string device, string reason);
}
