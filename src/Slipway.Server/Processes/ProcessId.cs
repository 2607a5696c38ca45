using System.Globalization;
using System.Text;

namespace Slipway.Server.Processes;

/// <summary>One process of this boot: numbers are used again, a number with its start time is not.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="Start">In clock ticks since the boot.</param>
internal readonly record struct ProcessId(int Pid, long Start)
{
    /// <summary>Whether it is there and has not ended: a zombie has.</summary>
    public bool IsAlive => ProcessStat.Of(Pid) is { HasEnded: false } stat && stat.Start == Start;

    /// <summary>Null for what is no number of an ordinary process: 0 and below mean groups, 1 is everybody's parent.</summary>
    public static ProcessId? Parse(string pid, string start) =>
        int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 1
        && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? new ProcessId(number, ticks)
            : null;
}

/// <summary>What /proc/PID/stat says of a process.</summary>
internal readonly record struct ProcessStat(int Pid, char State, int Parent, int Session, long Start)
{
    private const int Longest = 4096;

    public ProcessId Id => new(Pid, Start);

    public bool HasEnded => State is 'Z' or 'X' or 'x';

    public bool IsStopped => State is 'T' or 't';

    /// <summary>Null when there is no such process.</summary>
    public static ProcessStat? Of(int pid)
    {
        Span<byte> buffer = stackalloc byte[Longest];
        var length = SystemCalls.Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"), buffer);
        return length <= 0 ? null : Parse(pid, buffer[..length]);
    }

    private static ProcessStat? Parse(int pid, ReadOnlySpan<byte> line)
    {
        // The program's name stands in brackets and may hold brackets and blanks itself: state is what follows the last one.
        var rest = Encoding.ASCII.GetString(line[(line.LastIndexOf((byte)')') + 1)..]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return rest.Length > 19
            && int.TryParse(rest[1], NumberStyles.None, CultureInfo.InvariantCulture, out var parent)
            && int.TryParse(rest[3], NumberStyles.None, CultureInfo.InvariantCulture, out var session)
            && long.TryParse(rest[19], NumberStyles.None, CultureInfo.InvariantCulture, out var start)
                ? new ProcessStat(pid, rest[0][0], parent, session, start)
                : null;
    }
}
