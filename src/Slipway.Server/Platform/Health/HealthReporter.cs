using System.Diagnostics;
using Slipway.Client.Health;
using Slipway.Server.Platform.Devices;

namespace Slipway.Server.Platform.Health;

/// <summary>Puts together what the parts of the server say of themselves.</summary>
internal sealed class HealthReporter(IEnumerable<IHealthSource> sources, DeviceSurvey devices, ServerStart start, TimeProvider clock)
{
    public (HealthReport Report, bool IsUnhealthy) Report()
    {
        var parts = sources.Select(source => source.Read()).ToList();
        var state = Worst(parts);
        var report = new HealthReport
        {
            Status = NameOf(state),
            Message = MessageOf(parts),
            ModelLoaded = parts.Any(part => part.ModelLoaded),
            GpuAvailable = devices.Chosen.IsGpu,
            Memory = ReadMemory(),
            UptimeSeconds = Math.Round(clock.GetElapsedTime(start.Timestamp).TotalSeconds, 3),
            Version = ServerVersion.Text,
        };
        return (report, state == HealthState.Unhealthy);
    }

    /// <summary>For the supervisor of deployments: whether requests may be sent here, and how busy it is.</summary>
    public Readiness ReportReadiness()
    {
        var parts = sources.Select(source => source.Read()).ToList();
        var state = Worst(parts);
        return new Readiness(
            state == HealthState.Healthy, NameOf(state), MessageOf(parts),
            parts.Sum(part => part.Running), parts.Sum(part => part.Waiting), Environment.ProcessId);
    }

    private static HealthState Worst(List<HealthPart> parts) =>
        parts.Count == 0 ? HealthState.Healthy : parts.Max(part => part.State);

    private static string MessageOf(List<HealthPart> parts)
    {
        var message = string.Join(' ', parts.Select(part => part.Message).Where(text => text.Length > 0));
        return message.Length > 0 ? message : "Everything works.";
    }

    private static string NameOf(HealthState state) => state switch
    {
        HealthState.Healthy => "healthy",
        HealthState.Degraded => "degraded",
        _ => "unhealthy",
    };

    private static MemoryReport ReadMemory()
    {
        using var process = Process.GetCurrentProcess();
        return new MemoryReport(process.WorkingSet64, GC.GetTotalMemory(false), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }
}

/// <param name="Timestamp">Of the clock in use.</param>
internal sealed record ServerStart(long Timestamp);

/// <summary>Whether requests may be sent here, and how many sequences run and wait already.</summary>
internal sealed record Readiness(bool Ready, string Status, string Message, int Running, int Waiting, int Pid);
