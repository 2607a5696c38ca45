using System.Globalization;

namespace Slipway.Training;

/// <summary>Spans of time as training logs write them.</summary>
internal static class Spans
{
    /// <summary><c>H:MM:SS</c>, from a day on <c>1 day, H:MM:SS</c>; below a second is cut off.</summary>
    public static string ToLogText(this TimeSpan span)
    {
        var clock = string.Create(CultureInfo.InvariantCulture, $"{span.Hours}:{span.Minutes:00}:{span.Seconds:00}");
        return span.Days switch
        {
            0 => clock,
            1 => $"1 day, {clock}",
            var days => $"{days.ToString(CultureInfo.InvariantCulture)} days, {clock}",
        };
    }
}
