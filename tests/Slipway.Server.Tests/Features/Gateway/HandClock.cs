namespace Slipway.Server.Tests.Features.Gateway;

/// <summary>A clock that stands still until it is moved. Timers run by the real one.</summary>
internal sealed class HandClock : TimeProvider
{
    private TimeSpan _elapsed = TimeSpan.FromDays(1);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Move(TimeSpan by) => _elapsed += by;

    public override long GetTimestamp() => _elapsed.Ticks;

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero) + _elapsed;
}
