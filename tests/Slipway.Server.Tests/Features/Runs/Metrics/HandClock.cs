namespace Slipway.Server.Tests.Features.Runs.Metrics;

/// <summary>A clock that a test moves, stopwatch and all.</summary>
internal sealed class HandClock : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public void Advance(TimeSpan by) => _ticks += by.Ticks;
}
