using System.Text;

namespace Slipway.Server.Tests.Features.Runs;

/// <summary>What of a run is still alive on this machine.</summary>
internal static class Processes
{
    public static List<int> Of(string runId)
    {
        var mark = Encoding.UTF8.GetBytes(runId);
        List<int> pids = [];
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var pid) && Holds(folder, mark))
            {
                pids.Add(pid);
            }
        }
        return pids;
    }

    private static bool Holds(string folder, byte[] mark)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(folder, "environ")).AsSpan().IndexOf(mark) >= 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
