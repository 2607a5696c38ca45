namespace Slipway.Server.Platform.Health;

/// <summary>What one part of the server says of itself.</summary>
/// <param name="State">The worst of all parts is the server's.</param>
/// <param name="Message">What is missing or wrong and the remedy; empty when nothing is.</param>
internal sealed record HealthPart(HealthState State, string Message)
{
    public bool ModelLoaded { get; init; }

    /// <summary>Sequences being generated.</summary>
    public int Running { get; init; }

    /// <summary>Sequences waiting for a place.</summary>
    public int Waiting { get; init; }
}

/// <summary>From best to worst.</summary>
internal enum HealthState
{
    Healthy,
    Degraded,
    Unhealthy,
}

/// <summary>A part of the server that can be well or not. Answers at once, from what it knows.</summary>
internal interface IHealthSource
{
    HealthPart Read();
}
