namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>A line of XTuner: <c>Epoch 1 Step 12/900 data_time: 0.0123 lr: 1.000000e-05 loss: 0.5 max_memory: 35.10 GB eta: 1:02:03</c>.</summary>
internal static class StepLine
{
    /// <summary>Fills in what the line says; false when it is another line.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, FigureSet figures, out TimeSpan? remaining)
    {
        figures.Clear();
        remaining = null;
        var epoch = line.IndexOf("Epoch "u8);
        if (epoch < 0)
        {
            return false;
        }
        var rest = line[(epoch + 6)..];
        var word = rest.IndexOf(" Step "u8);
        if (word is < 1 or > 12 || Figures.Count(rest[..word]) is null)
        {
            return false;
        }
        rest = rest[(word + 6)..];
        var slash = rest.IndexOf((byte)'/');
        var blank = rest.IndexOf((byte)' ');
        if (slash < 1 || blank < slash || Figures.Count(rest[..slash]) is not { } step || Figures.Count(rest[(slash + 1)..blank]) is not { } total)
        {
            return false;
        }
        figures.Add("step"u8, step);
        figures.Add("total_steps"u8, total);
        ReadPairs(rest[blank..], figures, out remaining);
        return true;
    }

    private static void ReadPairs(ReadOnlySpan<byte> pairs, FigureSet figures, out TimeSpan? remaining)
    {
        remaining = null;
        while (pairs.IndexOf(": "u8) is > 0 and var colon)
        {
            var key = pairs[..colon];
            key = key[(key.LastIndexOf((byte)' ') + 1)..];
            pairs = pairs[(colon + 2)..];
            if (key.SequenceEqual("eta"u8))
            {
                remaining = Figures.Span(pairs.TrimEnd((byte)' '));
                return;
            }
            var end = pairs.IndexOf((byte)' ');
            if (Figures.TryNumber(end < 0 ? pairs : pairs[..end], out var value))
            {
                figures.Add(key, value);
            }
        }
    }
}
