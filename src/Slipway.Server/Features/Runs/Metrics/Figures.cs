using System.Globalization;

namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>Reads the numbers and times of training logs from UTF-8.</summary>
internal static class Figures
{
    private const int LongestNumber = 40;
    private const double LargestCount = 1e15;

    /// <summary>Also <c>nan</c>, <c>inf</c> and <c>-Infinity</c>.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > LongestNumber)
        {
            return false;
        }
        var sign = text[0] == '-' ? -1 : 1;
        var bare = text[0] is (byte)'-' or (byte)'+' ? text[1..] : text;
        if (bare.SequenceEqual("nan"u8) || bare.SequenceEqual("NaN"u8))
        {
            value = double.NaN;
            return true;
        }
        if (bare.SequenceEqual("inf"u8) || bare.SequenceEqual("Infinity"u8))
        {
            value = sign * double.PositiveInfinity;
            return true;
        }
        return (text[^1] is >= (byte)'0' and <= (byte)'9' or (byte)'.') && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>A number of things: whole, not negative; commas between thousands are passed over.</summary>
    public static long? Count(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text.Length > LongestNumber)
        {
            return null;
        }
        Span<byte> bare = stackalloc byte[LongestNumber];
        var length = 0;
        foreach (var digit in text)
        {
            if (digit != ',')
            {
                bare[length++] = digit;
            }
        }
        return TryNumber(bare[..length], out var value) ? Count(value) : null;
    }

    public static long? Count(double value) => value is >= 0 and <= LargestCount && Math.Floor(value) == value ? (long)value : null;

    /// <summary><c>MM:SS</c>, <c>H:MM:SS</c>, <c>1 day, 2:03:04</c>, with a fraction of the second or without. Null for others and for negative ones.</summary>
    public static TimeSpan? Span(ReadOnlySpan<byte> text)
    {
        var days = 0L;
        var day = text.IndexOf(" day"u8);
        if (day > 0)
        {
            var comma = text[day..].IndexOf(", "u8);
            if (comma < 0 || Count(text[..day]) is not { } count)
            {
                return null;
            }
            days = count;
            text = text[(day + comma + 2)..];
        }
        var dot = text.IndexOf((byte)'.');
        text = dot < 0 ? text : text[..dot];
        var seconds = 0L;
        var parts = 0;
        while (!text.IsEmpty)
        {
            var colon = text.IndexOf((byte)':');
            if (Count(colon < 0 ? text : text[..colon]) is not { } part || part > 1_000_000)
            {
                return null;
            }
            seconds = (seconds * 60) + part;
            parts++;
            text = colon < 0 ? [] : text[(colon + 1)..];
        }
        return parts is 2 or 3 && days < 100_000 ? TimeSpan.FromSeconds((days * 86_400) + seconds) : null;
    }
}
