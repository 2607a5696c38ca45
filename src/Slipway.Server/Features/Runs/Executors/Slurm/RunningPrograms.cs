using System.Text;

namespace Slipway.Server.Features.Runs.Executors.Slurm;

/// <summary>Looks for a program of this host by an argument that no other has.</summary>
internal static class RunningPrograms
{
    /// <summary>Whether there is one, whoever started it.</summary>
    public static bool IsAny(string argument)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }
        var wanted = Encoding.UTF8.GetBytes($"\0{argument}\0");
        return Directory.EnumerateDirectories("/proc").Any(folder => int.TryParse(Path.GetFileName(folder), out _) && Holds(folder, wanted));
    }

    private static bool Holds(string folder, byte[] wanted)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(folder, "cmdline")).AsSpan().IndexOf(wanted) >= 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // Gone, or nobody of ours.
        }
    }
}
