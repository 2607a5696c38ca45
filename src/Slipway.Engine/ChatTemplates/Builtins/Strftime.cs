using System.Globalization;
using Slipway.Engine.ChatTemplates.Rendering;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary><c>strftime_now</c>: the local time in C's notation and the C locale.</summary>
internal static class Strftime
{
    private static readonly CultureInfo C = CultureInfo.InvariantCulture;

    public static string Format(string format, RenderContext context)
    {
        var now = context.Clock.GetLocalNow();
        var output = new TextSink(context);
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                output.Append(format[i]);
                continue;
            }

            // "%-d" is glibc's "%d" without padding.
            var isBare = format[i + 1] is '-' or '#' && i + 2 < format.Length;
            i += isBare ? 2 : 1;
            var field = Field(format[i], now) ?? throw new ChatTemplateException($"strftime_now does not know '%{format[i]}'.");
            output.Append(isBare && field.Length > 1 ? Bare(field) : field);
        }

        return output.ToString();
    }

    private static string Bare(string field)
    {
        var text = field.TrimStart('0', ' ');
        return text.Length > 0 ? text : "0";
    }

    private static string? Field(char directive, DateTimeOffset now) => directive switch
    {
        'a' => now.ToString("ddd", C),
        'A' => now.ToString("dddd", C),
        'b' or 'h' => now.ToString("MMM", C),
        'B' => now.ToString("MMMM", C),
        'c' => now.ToString("ddd MMM ", C) + SpacePadded(now.Day) + now.ToString(" HH:mm:ss yyyy", C),
        'C' => (now.Year / 100).ToString("00", C),
        'd' => now.ToString("dd", C),
        'D' or 'x' => now.ToString("MM/dd/yy", C),
        'e' => SpacePadded(now.Day),
        'f' => now.ToString("ffffff", C),
        'F' => now.ToString("yyyy-MM-dd", C),
        'H' => now.ToString("HH", C),
        'I' => now.ToString("hh", C),
        'j' => now.DayOfYear.ToString("000", C),
        'k' => SpacePadded(now.Hour),
        'l' => SpacePadded(now.Hour % 12 == 0 ? 12 : now.Hour % 12),
        'm' => now.ToString("MM", C),
        'M' => now.ToString("mm", C),
        'n' => "\n",
        'p' => now.ToString("tt", C),
        'P' => now.Hour < 12 ? "am" : "pm",
        'r' => now.ToString("hh:mm:ss tt", C),
        'R' => now.ToString("HH:mm", C),
        's' => now.ToUnixTimeSeconds().ToString(C),
        'S' => now.ToString("ss", C),
        't' => "\t",
        'T' or 'X' => now.ToString("HH:mm:ss", C),
        'y' => now.ToString("yy", C),
        'Y' => now.Year.ToString(C),
        '%' => "%",
        _ => WeekField(directive, now),
    };

    /// <summary>Weeks. The time zone is empty, as for a Python time that carries none.</summary>
    private static string? WeekField(char directive, DateTimeOffset now)
    {
        var monday = ((int)now.DayOfWeek + 6) % 7;
        return directive switch
        {
            'G' => ISOWeek.GetYear(now.DateTime).ToString(C),
            'g' => (ISOWeek.GetYear(now.DateTime) % 100).ToString("00", C),
            'u' => (monday + 1).ToString(C),
            'U' => ((now.DayOfYear + 6 - (int)now.DayOfWeek) / 7).ToString("00", C),
            'V' => ISOWeek.GetWeekOfYear(now.DateTime).ToString("00", C),
            'w' => ((int)now.DayOfWeek).ToString(C),
            'W' => ((now.DayOfYear + 6 - monday) / 7).ToString("00", C),
            'z' or 'Z' => "",
            _ => null,
        };
    }

    private static string SpacePadded(int number) => number.ToString(C).PadLeft(2);
}
