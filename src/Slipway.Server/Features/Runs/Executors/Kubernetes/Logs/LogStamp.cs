using System.Globalization;
using System.Text;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes.Logs;

/// <summary>The time before each line: RFC 3339 with up to nine digits of a second, in any zone.</summary>
internal static class LogStamp
{
    public const int Longest = 40;
    public const long Second = 1_000_000_000;

    /// <summary>Nanoseconds since 1970.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long nanoseconds)
    {
        nanoseconds = 0;
        var point = text.IndexOf((byte)'.');
        var digits = 0;
        var fraction = 0L;
        if (point >= 0)
        {
            while (point + 1 + digits < text.Length && char.IsAsciiDigit((char)text[point + 1 + digits]))
            {
                fraction = digits < 9 ? fraction * 10 + (text[point + 1 + digits] - '0') : fraction;
                digits++;
            }
            for (var i = digits; i < 9; i++)
            {
                fraction *= 10;
            }
        }
        var whole = point < 0
            ? Encoding.ASCII.GetString(text)
            : Encoding.ASCII.GetString(text[..point]) + Encoding.ASCII.GetString(text[(point + 1 + digits)..]);
        const string Format = "yyyy-MM-dd'T'HH:mm:ssK";
        var isTime = (point < 0 || digits > 0)
            && DateTimeOffset.TryParseExact(whole, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            && time.Year is > 1970 and < 2200
            && (nanoseconds = time.ToUnixTimeSeconds() * Second + fraction) > 0;
        return isTime;
    }
}
