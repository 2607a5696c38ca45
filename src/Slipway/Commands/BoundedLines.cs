using System.Text;

namespace Slipway.Commands;

/// <summary>Lines of a file that nobody vouches for.</summary>
internal static class BoundedLines
{
    private const int LongestLine = 16 << 20;

    /// <summary>Lines that are not blank, with their numbers from 1.</summary>
    /// <param name="path">A UTF-8 file.</param>
    /// <exception cref="CommandException">A line has more than 16 Mi characters; the message names it.</exception>
    public static IEnumerable<(int Number, string Text)> Read(string path)
    {
        using var reader = new StreamReader(path);
        var line = new StringBuilder();
        var buffer = new char[1 << 16];
        var number = 1;
        for (int length; (length = reader.Read(buffer)) > 0;)
        {
            var rest = buffer.AsMemory(0, length);
            for (int end; (end = rest.Span.IndexOf('\n')) >= 0; rest = rest[(end + 1)..], number++)
            {
                line.Append(rest[..end]);
                if (Take(line) is { } text)
                {
                    yield return (number, text);
                }
            }
            line.Append(rest);
            if (line.Length > LongestLine)
            {
                throw new CommandException($"{path}:{number}: the line has over {LongestLine} characters; accepted are that many.");
            }
        }
        if (Take(line) is { } last)
        {
            yield return (number, last);
        }
    }

    private static string? Take(StringBuilder line)
    {
        var text = line.ToString();
        line.Clear();
        return string.IsNullOrWhiteSpace(text) ? null : text.TrimEnd('\r');
    }
}
