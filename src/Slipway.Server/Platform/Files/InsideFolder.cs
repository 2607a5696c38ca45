namespace Slipway.Server.Platform.Files;

/// <summary>Paths from outside that must stay inside a folder of ours.</summary>
public static class InsideFolder
{
    /// <summary>As many as the system itself follows.</summary>
    private const int MostLinks = 40;

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
        return RealOf(path) is { } real && RealOf(home) is { } realHome && IsUnder(realHome, real) ? path : null;
    }

    /// <summary>The file that a path means: what it points at in the end, or itself.</summary>
    public static string TargetOf(string path) => new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;

    private static bool IsUnder(string home, string path) =>
        path.StartsWith(Path.EndsInDirectorySeparator(home) ? home : home + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Where a path leads when all its links are followed, those on the way of links too; null when they go in a circle.</summary>
    private static string? RealOf(string path)
    {
        var real = Path.GetPathRoot(path)!;
        var left = new Stack<string>(StepsOf(path).Reverse());
        var links = 0;
        while (left.TryPop(out var step))
        {
            var next = Path.GetFullPath(step, real);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }
            if (++links > MostLinks)
            {
                return null;
            }
            real = Path.IsPathRooted(target) ? Path.GetPathRoot(target)! : real;
            foreach (var part in StepsOf(target).Reverse())
            {
                left.Push(part);
            }
        }
        return real;
    }

    private static string[] StepsOf(string path) =>
        path[Path.GetPathRoot(path)!.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
}
