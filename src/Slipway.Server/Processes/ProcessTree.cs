using System.Buffers;
using System.Globalization;
using System.Text;

namespace Slipway.Server.Processes;

/// <summary>
/// All living processes that belong to a folder: those that carry its name in their environment, everything that descends from
/// one of them, and the sessions that one of them leads. What cut all three ties (an emptied environment, a dead parent, a
/// dead session leader) is not found; what has none of them is never taken for one.
/// </summary>
internal static class ProcessTree
{
    private const int LongestEnvironment = 8 << 20; // Linux allows 6 MiB for arguments and environment together.
    private const int KernelThreads = 2; // Their parent; they have no environment at all.

    /// <summary>For a process that is exchanging its program, and has no environment until it has.</summary>
    private static readonly TimeSpan Exchange = TimeSpan.FromMilliseconds(20);

    public static List<ProcessStat> Find(string folder)
    {
        var all = All();
        var mark = MarkOf(folder);
        var members = Carriers(all, mark).ToDictionary(process => process.Pid);
        var count = -1;
        while (members.Count > count && members.Count > 0)
        {
            count = members.Count;
            foreach (var process in all.Where(process => members.ContainsKey(process.Parent) || members.ContainsKey(process.Session)))
            {
                members.TryAdd(process.Pid, process);
            }
        }
        return [.. members.Values];
    }

    /// <summary>Whether any living process carries the folder's name.</summary>
    public static bool IsAnyAlive(string folder)
    {
        return Carriers(All(), MarkOf(folder)).Any();
    }

    private static byte[] MarkOf(string folder) => Encoding.UTF8.GetBytes($"{ProcessFolder.Variable}={folder}\0");

    private static List<ProcessStat> All() =>
    [
        .. from entry in Directory.EnumerateDirectories("/proc")
           let pid = int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0
           where pid > 1 && pid != Environment.ProcessId
           let stat = ProcessStat.Of(pid)
           where stat is { HasEnded: false }
           select stat.Value,
    ];

    private static IEnumerable<ProcessStat> Carriers(List<ProcessStat> all, byte[] mark)
    {
        List<ProcessStat> silent = [];
        foreach (var process in all)
        {
            switch (Carries(process.Pid, mark))
            {
                case true:
                    yield return process;
                    break;
                case null when process.Parent != KernelThreads && process.Pid != KernelThreads:
                    silent.Add(process);
                    break;
            }
        }
        if (silent.Count == 0)
        {
            yield break;
        }
        SpinWait.SpinUntil(() => silent.TrueForAll(process => Carries(process.Pid, mark) is not null), Exchange);
        foreach (var process in silent.Where(process => Carries(process.Pid, mark) == true))
        {
            yield return process;
        }
    }

    /// <summary>Null when it has no environment, for now or for good.</summary>
    private static bool? Carries(int pid, ReadOnlySpan<byte> mark)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/environ");
        for (var size = 32 << 10; ; size *= 4)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(size);
            try
            {
                var length = SystemCalls.Read(path, buffer);
                if (length == 0)
                {
                    return null;
                }
                if (length < buffer.Length || size >= LongestEnvironment)
                {
                    return Holds(buffer.AsSpan(0, Math.Max(length, 0)), mark);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static bool Holds(ReadOnlySpan<byte> environment, ReadOnlySpan<byte> mark)
    {
        for (int found; (found = environment.IndexOf(mark)) >= 0; environment = environment[(found + 1)..])
        {
            if (found == 0 || environment[found - 1] == 0)
            {
                return true;
            }
        }
        return false;
    }
}
