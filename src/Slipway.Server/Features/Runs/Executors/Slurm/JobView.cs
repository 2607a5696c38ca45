using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Server.Features.Runs.Executors.Slurm;

/// <summary>A job as squeue, scontrol or sacct tell of it.</summary>
internal sealed partial record JobView(string Id, string State, string Reason)
{
    private const int LastSignal = 64;

    /// <summary>As a shell counts it; null where Slurm knows of none: nothing ran, or a node was lost.</summary>
    public int? ExitCode { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>For people: <c>TIMEOUT (TimeLimit)</c>.</summary>
    public string Words => Reason is "" or "None" ? State : $"{State} ({Reason})";

    /// <summary>For squeue: reasons are from a list, nothing in it holds a bar.</summary>
    public const string RowFormat = "%i|%T|%r|%S|%e";

    public static JobView? FromRow(string line, TimeZoneInfo zone) => line.Split('|') is [var id, var state, var reason, var start, var end]
        ? new JobView(id.Trim(), StateOf(state), reason.Trim()) { StartedAt = Time(start, zone), EndedAt = Time(end, zone) }
        : null;

    /// <summary>For sacct.</summary>
    public const string RecordFormat = "JobIDRaw,State,ExitCode,Start,End,Reason";

    public static JobView? FromRecord(string line, TimeZoneInfo zone) =>
        line.Split('|') is [var id, var state, var exit, var start, var end, var reason]
            ? new JobView(id.Trim(), StateOf(state), reason.Trim())
            {
                ExitCode = CodeOf(StateOf(state), exit),
                StartedAt = Time(start, zone),
                EndedAt = Time(end, zone),
            }
            : null;

    /// <summary>From <c>scontrol -o show job</c>. Names with blanks in them come later than what is looked for.</summary>
    public static JobView? FromRecordLine(string line, TimeZoneInfo zone)
    {
        var fields = new Dictionary<string, string>();
        foreach (Match match in Field().Matches(line))
        {
            fields.TryAdd(match.Groups[1].Value, match.Groups[2].Value);
        }
        return fields.TryGetValue("JobId", out var id) && fields.TryGetValue("JobState", out var state)
            ? new JobView(id, StateOf(state), fields.GetValueOrDefault("Reason", ""))
            {
                ExitCode = CodeOf(StateOf(state), fields.GetValueOrDefault("ExitCode", "")),
                StartedAt = Time(fields.GetValueOrDefault("StartTime", ""), zone),
                EndedAt = Time(fields.GetValueOrDefault("EndTime", ""), zone),
            }
            : null;
    }

    /// <summary><c>CANCELLED by 1000</c> and <c>CANCELLED+</c> are both CANCELLED.</summary>
    private static string StateOf(string text) => text.Trim().Split(' ', 2)[0].TrimEnd('+');

    /// <summary>
    /// <c>code:signal</c>. Zeros belong to what ended well, and to what never ran; 125 for a signal is Slurm's way of saying that
    /// memory ran out.
    /// </summary>
    private static int? CodeOf(string state, string text)
    {
        var match = Code().Match(text);
        if (!match.Success)
        {
            return null;
        }
        var (code, signal) = (Number(match.Groups[1].Value), Number(match.Groups[2].Value));
        return signal > LastSignal ? null : signal > 0 ? 128 + signal : code > 0 || state == "COMPLETED" ? code : null;
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static DateTimeOffset? Time(string text, TimeZoneInfo zone) =>
        DateTime.TryParseExact(text.Trim(), "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? new DateTimeOffset(time, zone.GetUtcOffset(time))
            : null;

    [GeneratedRegex(@"(?:^|\s)(JobId|JobState|Reason|ExitCode|StartTime|EndTime)=(\S*)")]
    private static partial Regex Field();

    [GeneratedRegex(@"^([0-9]{1,3}):([0-9]{1,3})\z")]
    private static partial Regex Code();
}
