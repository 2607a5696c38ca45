namespace Slipway.Client.Health;

/// <summary>How the server is.</summary>
public sealed record HealthReport
{
    /// <summary><c>healthy</c>, <c>degraded</c> (it works, not with everything) or <c>unhealthy</c>.</summary>
    public required string Status { get; init; }

    /// <summary>What is missing or wrong, and the remedy.</summary>
    public required string Message { get; init; }

    public required bool ModelLoaded { get; init; }

    public required bool GpuAvailable { get; init; }

    public required MemoryReport Memory { get; init; }

    /// <summary>Seconds since the server started.</summary>
    public required double UptimeSeconds { get; init; }

    public required string Version { get; init; }
}

/// <summary>Memory of the server's process, in bytes.</summary>
/// <param name="ResidentBytes">What it holds of the machine's memory, mapped model files included.</param>
/// <param name="ManagedBytes">The garbage-collected part.</param>
/// <param name="LimitBytes">What it may use: the machine's memory, or the container's limit.</param>
public sealed record MemoryReport(long ResidentBytes, long ManagedBytes, long LimitBytes);
