using System.Globalization;

namespace Slipway.Server.Platform.Auth;

/// <summary>How people write when a key ends: <c>30d</c>, <c>12h</c>, <c>45m</c> from now, or a date or time.</summary>
public static class KeyExpiry
{
    /// <summary>Reads a span such as <c>30d</c>, <c>12h</c>, <c>45m</c> or <c>90s</c>, up to 100 years.</summary>
    public static bool TryParseSpan(string text, out TimeSpan span)
    {
        ArgumentNullException.ThrowIfNull(text);
        span = default;
        var seconds = text.Length < 2 ? 0 : text[^1] switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86400,
            _ => 0,
        };
        if (seconds == 0 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || (double)count * seconds > TimeSpan.FromDays(36525).TotalSeconds)
        {
            return false;
        }
        span = TimeSpan.FromSeconds((double)count * seconds);
        return true;
    }

    /// <summary>Reads an ISO 8601 date, which means its beginning in UTC, or a time; one without a zone is in UTC.</summary>
    public static bool TryParseTime(string text, out DateTimeOffset time)
    {
        string[] forms =
        [
            "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK",
            "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        ];
        return DateTimeOffset.TryParseExact(
            text, forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }

    /// <summary>Reads either, a span counted from <paramref name="now"/>.</summary>
    public static bool TryParse(string text, DateTimeOffset now, out DateTimeOffset time)
    {
        if (TryParseSpan(text, out var span))
        {
            time = now + span;
            return true;
        }
        return TryParseTime(text, out time);
    }
}
