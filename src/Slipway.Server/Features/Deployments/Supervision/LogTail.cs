using System.Text;

namespace Slipway.Server.Features.Deployments.Supervision;

/// <summary>Reads log files that others write to.</summary>
internal static class LogTail
{
    private const int LongestLine = 4096;

    /// <summary>The last lines that are not empty, oldest first; none where there is no file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="count">How many lines.</param>
    /// <param name="from">The byte before which nothing is read: an earlier start's words are not this one's.</param>
    public static IReadOnlyList<string> Read(string path, int count, long from = 0)
    {
        var start = Math.Max(from, LengthOf(path) - ((long)count * LongestLine));
        var lines = Encoding.UTF8.GetString(ReadFrom(path, start, count * LongestLine)).Split('\n');
        return [.. lines.Select(line => line.TrimEnd('\r')).Where(line => line.Length > 0).TakeLast(count)];
    }

    /// <summary>The byte where the last lines begin.</summary>
    public static long StartOf(string path, int count)
    {
        var length = LengthOf(path);
        var start = Math.Max(0, length - ((long)count * LongestLine));
        var bytes = ReadFrom(path, start, count * LongestLine).AsSpan();
        for (var at = bytes.Length - 1; at > 0 && count > 0; at--)
        {
            if (bytes[at - 1] == '\n' && --count == 0)
            {
                return start + at;
            }
        }
        return count == 0 ? length : start;
    }

    /// <summary>At most so many bytes from a place on; none where there is no file.</summary>
    public static byte[] ReadFrom(string path, long from, int most)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[(int)Math.Clamp(RandomAccess.GetLength(file) - from, 0, most)];
            return bytes[..RandomAccess.Read(file, bytes, from)];
        }
        catch (IOException)
        {
            return [];
        }
    }

    public static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;
}
