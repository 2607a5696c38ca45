namespace Slipway.Engine.Sampling;

/// <summary>Finds the first stop text in a stream and holds back whatever might become one.</summary>
internal sealed class StopMatcher(IReadOnlyList<string> stops)
{
    private string _held = "";

    /// <summary>Whether a stop text was met; nothing after it is text.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Adds text; returns what can no longer be part of a stop text.</summary>
    public string Push(string text)
    {
        if (IsStopped || stops.Count == 0)
        {
            return IsStopped ? "" : text;
        }
        var all = _held + text;
        var end = -1;
        foreach (var stop in stops)
        {
            var found = all.IndexOf(stop, StringComparison.Ordinal);
            end = found >= 0 && (end < 0 || found < end) ? found : end;
        }
        if (end >= 0)
        {
            IsStopped = true;
            _held = "";
            return all[..end];
        }
        var hold = 0;
        foreach (var stop in stops)
        {
            hold = Math.Max(hold, OverlapLength(all, stop));
        }
        _held = all[^hold..];
        return all[..^hold];
    }

    /// <summary>What was held back, when no more text comes.</summary>
    public string Flush()
    {
        var rest = _held;
        _held = "";
        return rest;
    }

    /// <summary>Length of the longest end of <paramref name="text"/> that begins <paramref name="stop"/> without completing it.</summary>
    private static int OverlapLength(string text, string stop)
    {
        for (var length = Math.Min(stop.Length - 1, text.Length); length > 0; length--)
        {
            if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length)))
            {
                return length;
            }
        }
        return 0;
    }
}
