using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Server.Tests.Features.Runs.Executors;

/// <summary>The processes of this host, in containers too, that carry a text in their environment.</summary>
internal static partial class MarkedProcesses
{
    private const int Kill9 = 9;

    public static IReadOnlyList<int> Find(string mark)
    {
        var text = Encoding.UTF8.GetBytes($"SUITE_MARK={mark}");
        return [.. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), out var pid) ? pid : 0)
            .Where(pid => pid > 0 && Environment(pid).AsSpan().IndexOf(text) >= 0)];
    }

    /// <summary>Kills them all, what they fork meanwhile too.</summary>
    public static void Kill(string mark)
    {
        for (var found = Find(mark); found.Count > 0; found = Find(mark))
        {
            foreach (var pid in found)
            {
                _ = Signal(pid, Kill9);
            }
        }
    }

    private static byte[] Environment(int pid)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{pid}/environ");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int pid, int signal);
}
