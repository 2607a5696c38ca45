using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Server.Tests.Features.Runs.Executors;

/// <summary>The processes of this host, in containers too, that carry a text in their environment.</summary>
internal static partial class MarkedProcesses
{
    private const int Kill9 = 9;

    public static IReadOnlyList<int> Find(string mark) => FindByEnvironment($"SUITE_MARK={mark}");

    /// <summary>Kills them all, what they fork meanwhile too.</summary>
    public static void Kill(string mark) => KillByEnvironment($"SUITE_MARK={mark}");

    /// <summary>Kills the runs that a server in this data folder has left: they outlive it, as they should.</summary>
    public static void KillRunsIn(string data) => KillByEnvironment($"SLIPWAY_OUTPUT_DIR={data}/");

    private static IReadOnlyList<int> FindByEnvironment(string mark)
    {
        var text = Encoding.UTF8.GetBytes(mark);
        return [.. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), out var pid) ? pid : 0)
            .Where(pid => pid > 0 && Environment(pid).AsSpan().IndexOf(text) >= 0)];
    }

    private static void KillByEnvironment(string mark)
    {
        for (var found = FindByEnvironment(mark); found.Count > 0; found = FindByEnvironment(mark))
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
