namespace Slipway.Server.Platform.Files;

/// <summary>Paths from outside that must stay inside a folder of ours.</summary>
public static class InsideFolder
{
    /// <summary>
    /// The absolute path of what <paramref name="relative"/> names under <paramref name="root"/>; null when it would lie elsewhere,
    /// also by way of a link. Whether there is anything is not asked.
    /// </summary>
    public static string? Find(string root, string relative)
    {
        if (relative.Length == 0 || relative.Contains('\0', StringComparison.Ordinal) || Path.IsPathRooted(relative))
        {
            return null;
        }
        var home = Path.GetFullPath(root);
        var path = Path.GetFullPath(relative, home);
        if (!IsUnder(home, path))
        {
            return null;
        }
        var realHome = RealOf(home);
        for (var step = path; step is not null && IsUnder(home, step); step = Path.GetDirectoryName(step))
        {
            if (TargetOf(step) is { } target && !IsUnder(realHome, target) && !IsUnder(home, target))
            {
                return null;
            }
        }
        return path;
    }

    private static bool IsUnder(string home, string path) =>
        path.StartsWith(Path.EndsInDirectorySeparator(home) ? home : home + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string RealOf(string folder) => TargetOf(folder) ?? folder;

    private static string? TargetOf(string path)
    {
        try
        {
            return new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName;
        }
        catch (IOException)
        {
            // Links in a circle lead nowhere.
            return "/";
        }
    }
}
