using System.Globalization;

namespace Slipway.Server.Platform.Memory;

/// <summary>
/// What Linux says in <c>/proc/meminfo</c>, and less where a control group (version 2), such as a container's, allows less. Elsewhere what
/// the collector knows, which is as old as its last collection.
/// </summary>
internal sealed class MemoryGauge(string root = "/") : IMemoryGauge
{
    private const string Groups = "sys/fs/cgroup";

    public long ReadAvailable()
    {
        var machine = Amount(In("proc/meminfo"), "MemAvailable:") * 1024 ?? ReadFromCollector();
        return Math.Max(0, OwnGroups().Select(LeftIn).Append(machine).Min() ?? machine);
    }

    private static long ReadFromCollector()
    {
        var info = GC.GetGCMemoryInfo();
        return info.TotalAvailableMemoryBytes - info.MemoryLoadBytes;
    }

    /// <summary>The group that this process is in, and those that it is in.</summary>
    private IEnumerable<string> OwnGroups()
    {
        var own = Lines(In("proc/self/cgroup")).FirstOrDefault(line => line.StartsWith("0::/", StringComparison.Ordinal));
        for (var path = own?["0::".Length..]; path is not null; path = Path.GetDirectoryName(path))
        {
            yield return In(Groups + path);
        }
    }

    /// <summary>What a group's limit leaves; null where it has none. Cached files count as used there, and can be dropped.</summary>
    private static long? LeftIn(string group)
    {
        var cached = Amount(Path.Combine(group, "memory.stat"), "file ") ?? 0;
        var unused = Number(Path.Combine(group, "memory.max")) - Number(Path.Combine(group, "memory.current"));
        return unused + cached;
    }

    private string In(string path) => Path.Combine(root, path);

    private static long? Number(string file) => Parse(Lines(file).FirstOrDefault()); // "max" is no number: no limit.

    private static long? Amount(string file, string name) =>
        Parse(Lines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim().Split(' ')[0]);

    private static long? Parse(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return []; // Another system, or a container that does not show it.
        }
    }
}
