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
        path.Length is > 0 and <= LongestPath && !path.Any(letter => char.IsControl(letter) || letter is '\\' or ':' or '\uFFFD')
        && path.Split('/').All(step =>
            step is not ("" or "." or "..") && step[^1] is not ('.' or ' ') && Encoding.UTF8.GetByteCount(step) <= LongestStep);

    /// <summary>As it may stand in a message: in one line, and not too long.</summary>
    public static string Shown(string text)
    {
        var line = string.Concat(text.Take(LongestShown).Select(letter => char.IsControl(letter) ? '?' : letter));
        return text.Length > LongestShown ? line + "…" : line;
    }

    public static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>For a URL's path: each step is encoded, the slashes between them stay.</summary>
    public static string Encoded(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
