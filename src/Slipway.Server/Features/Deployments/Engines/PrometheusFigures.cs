using System.Globalization;

namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>
/// Picks figures out of the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/). A server has
/// a sample of each for every engine and model in it: they are added up. What cannot be read, or is no count (negative, endless,
/// not a number), is passed over.
/// </summary>
internal static class PrometheusFigures
{
    /// <summary>Names and labels of a sample are short; what is longer is no sample of these.</summary>
    private const int LongestLine = 16 << 10;

    /// <param name="text">What the server answered.</param>
    /// <param name="running">The family that counts requests which are computed.</param>
    /// <param name="waiting">The family that counts requests which wait.</param>
    /// <param name="progress">Families that grow with the work.</param>
    /// <returns>Null where the text has none of them.</returns>
    public static EngineFigures? Read(string text, string running, string waiting, params string[] progress)
    {
        string[] names = [running, waiting, .. progress];
        var sums = new double?[names.Length];
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan()[range].Trim();
            if (line.Length is > 0 and <= LongestLine && line[0] != '#')
            {
                Add(line, names, sums);
            }
        }
        var grown = sums[2..].Where(sum => sum is not null).ToList();
        var figures = new EngineFigures
        {
            Running = Sound(sums[0]),
            Waiting = Sound(sums[1]),
            Progress = grown.Count > 0 ? Sound(grown.Sum()) : null,
        };
        return figures == new EngineFigures() ? null : figures;
    }

    private static void Add(ReadOnlySpan<char> line, string[] names, double?[] sums)
    {
        var end = line.IndexOfAny('{', ' ', '\t');
        if (end <= 0)
        {
            return;
        }
        for (var i = 0; i < names.Length; i++)
        {
            if (line[..end].SequenceEqual(names[i]) && ValueOf(line[end..]) is { } value)
            {
                sums[i] = (sums[i] ?? 0) + value;
            }
        }
    }

    /// <param name="rest">Labels, if any, the value, and a time, if any.</param>
    private static double? ValueOf(ReadOnlySpan<char> rest)
    {
        if (rest[0] == '{')
        {
            var end = EndOfLabels(rest);
            if (end < 0)
            {
                return null;
            }
            rest = rest[(end + 1)..];
        }
        rest = rest.Trim();
        var space = rest.IndexOfAny(' ', '\t');
        return double.TryParse(space < 0 ? rest : rest[..space], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value) && value >= 0
            ? value
            : null;
    }

    // A value of a label may hold braces, and quotes after a backslash.
    private static int EndOfLabels(ReadOnlySpan<char> labels)
    {
        var isQuoted = false;
        for (var at = 1; at < labels.Length; at++)
        {
            switch (labels[at])
            {
                case '\\' when isQuoted:
                    at++;
                    break;
                case '"':
                    isQuoted = !isQuoted;
                    break;
                case '}' when !isQuoted:
                    return at;
                default:
                    break;
            }
        }
        return -1;
    }

    private static double? Sound(double? sum) => sum is { } value && double.IsFinite(value) ? value : null;
}
