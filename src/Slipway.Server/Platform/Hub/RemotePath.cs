using System.Text;

namespace Slipway.Server.Platform.Hub;

/// <summary>Names of files as a hub tells them. They become names on this machine's disk, so none may lead elsewhere.</summary>
internal static class RemotePath
{
    private const int LongestPath = 512;
    private const int LongestStep = 200; // Bytes; file systems take 255, and our own endings need room.
    private const int LongestShown = 120;

    /// <summary>Whether it stays inside the folder that it is put into, on every system.</summary>
    public static bool IsSafe(string path) =>
        path.Length is > 0 and <= LongestPath && !path.EnumerateRunes().Any(rune => IsUnprintable(rune) || rune.Value is '\\' or ':' or 0xFFFD)
        && path.Split('/').All(step =>
            step is not ("" or "." or "..") && step[^1] is not ('.' or ' ') && Encoding.UTF8.GetByteCount(step) <= LongestStep);

    /// <summary>As it may stand in a message: in one line, and not too long.</summary>
    public static string Shown(string text) => ShownUpTo(LongestShown, text);

    /// <summary>The same, with at most so many characters.</summary>
    public static string ShownUpTo(int most, string text)
    {
        var line = string.Concat(text.EnumerateRunes().Take(most).Select(rune => IsUnprintable(rune) ? "?" : rune.ToString()));
        return text.Length > most ? line + "…" : line;
    }

    // What steers a terminal, ends a line, or turns the direction of writing, so that a name looks like another one.
    private static bool IsUnprintable(Rune rune) =>
        Rune.IsControl(rune) || rune.Value is 0x061C or 0x200E or 0x200F or (>= 0x2028 and <= 0x202E) or (>= 0x2066 and <= 0x2069);

    public static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>For a URL's path: each step is encoded, the slashes between them stay.</summary>
    public static string Encoded(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
