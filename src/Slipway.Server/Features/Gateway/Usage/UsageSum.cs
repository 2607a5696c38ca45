using System.Globalization;

namespace Slipway.Server.Features.Gateway.Usage;

/// <summary>The calls of one key to one model on one day (UTC).</summary>
internal sealed class UsageSum
{
    public string KeyId { get; init; } = "";

    public string Model { get; init; } = "";

    /// <summary>As <c>2026-01-31</c>.</summary>
    public string Day { get; init; } = "";

    public long Requests { get; set; }

    public long Prompt { get; set; }

    public long Completion { get; set; }

    public long Cached { get; set; }

    public long Reasoning { get; set; }

    /// <summary>In billionths of a dollar.</summary>
    public long Cost { get; set; }

    public static string DayOf(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Adds up the whole lines at the front of a journal's bytes; says how many bytes they are, and how many lines were damaged.</summary>
    public static (List<UsageSum> Sums, int Length, int Damaged) AddUp(ReadOnlySpan<byte> lines)
    {
        Dictionary<(string, string, string), UsageSum> sums = [];
        var (start, damaged) = (0, 0);
        while (lines[start..].IndexOf((byte)'\n') is >= 0 and var length)
        {
            if (UsageEntry.TryReadLine(lines.Slice(start, length), out var entry, out var time))
            {
                Add(sums, entry, DayOf(time));
            }
            else
            {
                damaged++;
            }
            start += length + 1;
        }
        // Always in the same order: two gateways that write the same rows never wait for each other in a circle.
        return ([.. sums.OrderBy(sum => sum.Key).Select(sum => sum.Value)], start, damaged);
    }

    private static void Add(Dictionary<(string, string, string), UsageSum> sums, UsageEntry entry, string day)
    {
        var name = (entry.KeyId, entry.Model, day);
        if (!sums.TryGetValue(name, out var sum))
        {
            sums[name] = sum = new UsageSum { KeyId = entry.KeyId, Model = entry.Model, Day = day };
        }
        sum.Requests++;
        sum.Prompt += entry.Tokens.Prompt;
        sum.Completion += entry.Tokens.Completion;
        sum.Cached += entry.Tokens.Cached;
        sum.Reasoning += entry.Tokens.Reasoning;
        sum.Cost += entry.Cost;
    }
}
