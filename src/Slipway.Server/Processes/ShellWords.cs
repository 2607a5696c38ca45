using System.Buffers;

namespace Slipway.Server.Processes;

/// <summary>Words as a POSIX shell reads them back.</summary>
internal static class ShellWords
{
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%");

    public static string Join(IEnumerable<string> words) =>
        string.Join(' ', words.Select(word => word.Length > 0 && !word.AsSpan().ContainsAnyExcept(Plain) ? word : Quote(word)));

    public static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
