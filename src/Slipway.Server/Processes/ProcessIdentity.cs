using System.Text;

namespace Slipway.Server.Processes;

/// <summary>Who runs, as the wrapper noted it before the program's first instruction.</summary>
/// <param name="Watcher">The wrapper, which waits for the exit code.</param>
/// <param name="Program">What was asked for.</param>
internal readonly record struct ProcessIdentity(ProcessId Watcher, ProcessId Program)
{
    /// <summary>A process of another boot: there is none any more.</summary>
    private static readonly ProcessIdentity Past = new(new ProcessId(0, -1), new ProcessId(0, -1));

    private static readonly string Boot = ReadBoot();

    /// <summary>Null for anything but a line that the wrapper writes.</summary>
    public static ProcessIdentity? Parse(string line) =>
        line.Split(' ') is [var boot, var watcher, var watcherStart, var program, var programStart]
        && ProcessId.Parse(watcher, watcherStart) is { } first
        && ProcessId.Parse(program, programStart) is { } second
            ? boot == Boot ? new ProcessIdentity(first, second) : Past
            : null;

    private static string ReadBoot()
    {
        Span<byte> buffer = stackalloc byte[64];
        var length = SystemCalls.Read("/proc/sys/kernel/random/boot_id", buffer);
        return Encoding.ASCII.GetString(buffer[..Math.Max(length, 0)]).Trim();
    }
}
