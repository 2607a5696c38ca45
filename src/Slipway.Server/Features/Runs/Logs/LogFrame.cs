namespace Slipway.Server.Features.Runs.Logs;

/// <summary>What a run's output shows below its lines: the bar that is being drawn. Thousands of states are kept before one is looked at.</summary>
internal sealed class LogFrame
{
    private readonly byte[] _bytes = new byte[1024];
    private int _length;

    /// <summary>Null when the last thing printed was a complete line.</summary>
    public string? Text => _length == 0 ? null : AnsiText.Show(_bytes.AsSpan(0, _length)).Trim();

    /// <summary>Keeps the newest state, or its begin.</summary>
    public void Keep(ReadOnlySpan<byte> frame)
    {
        frame = frame.TrimEnd((byte)'\r'); // Whether a newline follows is not known yet.
        _length = Math.Min(frame.Length, _bytes.Length);
        frame[.._length].CopyTo(_bytes);
    }

    public void Clear() => _length = 0;
}
