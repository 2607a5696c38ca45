using System.Globalization;

namespace Slipway.Server.Features.Gateway.Limits;

/// <summary>What is left of one limit.</summary>
/// <param name="Limit">Per minute.</param>
/// <param name="Remaining">Now, at least 0.</param>
/// <param name="Reset">Until all of it is there again.</param>
internal readonly record struct Rate(long Limit, long Remaining, TimeSpan Reset)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public static Rate Of(double level, long limit, double perMinute) =>
        new(limit, Math.Max(0, (long)Math.Floor(level + 1e-6)), TimeToGain(perMinute - level, perMinute));

    public static TimeSpan TimeToGain(double amount, double perMinute)
    {
        var minutes = amount / perMinute;
        return minutes <= 0 ? TimeSpan.Zero : minutes >= Longest.TotalMinutes ? Longest : TimeSpan.FromMinutes(minutes);
    }

    /// <summary>As OpenAI's clients read it: <c>120ms</c>, <c>7.5s</c>, <c>1m3s</c>.</summary>
    public string ResetText => Reset switch
    {
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(Reset.TotalMilliseconds)}ms"),
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{Reset.TotalSeconds:0.###}s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)Reset.TotalMinutes}m{Reset.Seconds}s"),
    };
}

/// <summary>The limits of a key as its calls' answers tell them.</summary>
/// <param name="Requests">Null without such a limit.</param>
/// <param name="Tokens">Null without such a limit.</param>
internal readonly record struct RateHeaders(Rate? Requests, Rate? Tokens)
{
    /// <summary>Adds <c>x-ratelimit-*</c> to an answer whose body has not begun.</summary>
    public void WriteTo(IHeaderDictionary headers)
    {
        if (Requests is { } requests)
        {
            headers["x-ratelimit-limit-requests"] = requests.Limit.ToString(CultureInfo.InvariantCulture);
            headers["x-ratelimit-remaining-requests"] = requests.Remaining.ToString(CultureInfo.InvariantCulture);
            headers["x-ratelimit-reset-requests"] = requests.ResetText;
        }
        if (Tokens is { } tokens)
        {
            headers["x-ratelimit-limit-tokens"] = tokens.Limit.ToString(CultureInfo.InvariantCulture);
            headers["x-ratelimit-remaining-tokens"] = tokens.Remaining.ToString(CultureInfo.InvariantCulture);
            headers["x-ratelimit-reset-tokens"] = tokens.ResetText;
        }
    }
}
