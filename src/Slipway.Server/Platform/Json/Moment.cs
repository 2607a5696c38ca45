namespace Slipway.Server.Platform.Json;

/// <summary>Times as the database keeps them, to the millisecond: what is answered at once is answered the same later.</summary>
internal static class Moment
{
    public static DateTimeOffset Now(TimeProvider clock) => DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
}
