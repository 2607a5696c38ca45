using System.Globalization;
using Slipway.Training;

namespace Slipway.Commands;

/// <summary>Numbers, times and sizes as people read them.</summary>
internal static class Wording
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>In this machine's time.</summary>
    public static string Time(DateTimeOffset? time) =>
        time is { } known ? known.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) : "";

    public static string Span(DateTimeOffset? from, DateTimeOffset? to) => from is { } begin
        ? ((to ?? TimeProvider.System.GetUtcNow()) - begin) is { Ticks: > 0 } span ? span.ToLogText() : TimeSpan.Zero.ToLogText()
        : "";

    public static string Seconds(double? seconds) =>
        seconds is >= 0 and < 1e9 ? TimeSpan.FromSeconds(seconds.Value).ToLogText() : "";

    public static string Bytes(long bytes)
    {
        var (size, unit) = ((double)bytes, 0);
        while (size >= 1024 && unit < Units.Length - 1)
        {
            (size, unit) = (size / 1024, unit + 1);
        }
        return string.Create(CultureInfo.InvariantCulture, $"{size:0.#} {Units[unit]}");
    }

    /// <summary>Six digits are more than a loss needs.</summary>
    public static string Number(double? number) => number switch
    {
        null => "",
        0 => "0",
        { } value when Math.Abs(value) is >= 1e-3 and < 1e15 => value.ToString("0.######", CultureInfo.InvariantCulture),
        { } value => value.ToString("0.###e+0", CultureInfo.InvariantCulture),
    };

    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Percent(double share) => share.ToString("0%", CultureInfo.InvariantCulture);

    /// <summary>Lines of a name and a value; those without a value are left out.</summary>
    public static void Write(params IEnumerable<(string Name, string? Value)> pairs)
    {
        var told = pairs.Where(pair => !string.IsNullOrEmpty(pair.Value)).ToList();
        var width = told.Max(pair => pair.Name.Length);
        foreach (var (name, value) in told)
        {
            Console.Out.WriteLine($"{name.PadRight(width)}  {Terminal.CellText.OneLine(value!)}");
        }
    }
}
