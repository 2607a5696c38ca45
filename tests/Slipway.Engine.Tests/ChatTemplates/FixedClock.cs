namespace Slipway.Engine.Tests.ChatTemplates;

/// <summary>Always the moment at which the expected texts were made.</summary>
internal sealed class FixedClock : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => new(2024, 7, 6, 5, 4, 9, 123, 456, TimeSpan.Zero);
}
