namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>
/// One state of a bar of tqdm: <c>Map: 33%|███   | 5/15 [00:01&lt;00:02, 3.10it/s]</c>.
/// </summary>
internal readonly ref struct BarFrame
{
    /// <summary>Empty for the bar of the training itself.</summary>
    public ReadOnlySpan<byte> Description { get; private init; }

    public double Done { get; private init; }

    /// <summary>More than 0.</summary>
    public double Total { get; private init; }

    public TimeSpan? Remaining { get; private init; }

    /// <summary>What stands behind the bar: a log line that another stream wrote there.</summary>
    public ReadOnlySpan<byte> Behind { get; private init; }

    public static bool TryRead(ReadOnlySpan<byte> text, out BarFrame bar)
    {
        bar = default;
        var percent = text.IndexOf("%|"u8);
        if (percent < 1)
        {
            return false;
        }
        var digits = percent - 1 - text[..percent].LastIndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var counts = text[(percent + 2)..];
        var cells = counts.IndexOf("| "u8);
        if (digits is 0 or > 3 || cells < 0)
        {
            return false;
        }
        counts = counts[(cells + 2)..].TrimStart((byte)' ');
        var slash = counts.IndexOf((byte)'/');
        var open = counts.IndexOf(" ["u8);
        var close = counts.IndexOf((byte)']');
        if (slash < 1 || open < slash || close < open
            || !TryAmount(counts[..slash], out var done) || !TryAmount(counts[(slash + 1)..open], out var total) || total <= 0)
        {
            return false;
        }
        bar = new BarFrame
        {
            Description = text[..(percent - digits)].TrimEnd(" :"u8).TrimStart((byte)' '),
            Done = done,
            Total = total,
            Remaining = RemainingOf(counts[(open + 2)..close]),
            Behind = counts[(close + 1)..],
        };
        return true;
    }

    /// <summary>Of <c>00:01&lt;00:02, 3.10it/s</c>.</summary>
    private static TimeSpan? RemainingOf(ReadOnlySpan<byte> times)
    {
        var left = times.IndexOf((byte)'<');
        if (left < 0)
        {
            return null;
        }
        times = times[(left + 1)..];
        var comma = times.IndexOf((byte)',');
        return Figures.Span(comma < 0 ? times : times[..comma]);
    }

    /// <summary>A number, or thousands of it: <c>1.20k</c>.</summary>
    private static bool TryAmount(ReadOnlySpan<byte> text, out double amount)
    {
        var scale = text.IsEmpty ? 1 : text[^1] switch
        {
            (byte)'k' => 1e3,
            (byte)'M' => 1e6,
            (byte)'G' => 1e9,
            (byte)'T' => 1e12,
            (byte)'P' => 1e15,
            _ => 1,
        };
        var isRead = Figures.TryNumber(scale > 1 ? text[..^1] : text, out amount);
        amount *= scale;
        return isRead && double.IsFinite(amount) && amount >= 0;
    }
}
