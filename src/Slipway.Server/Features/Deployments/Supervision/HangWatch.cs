using Slipway.Server.Features.Deployments.Engines;

namespace Slipway.Server.Features.Deployments.Supervision;

/// <summary>
/// Tells a server that hangs from one that is busy. Both may be slow to answer, and one that hangs may say that it is well; but who
/// works gets on: its count of tokens grows.
/// </summary>
internal sealed class HangWatch(TimeSpan patience, TimeProvider clock)
{
    private double? _progress;
    private long _since;

    /// <summary>Whether it has got on since the look before; null when that cannot be told.</summary>
    public bool? HasMoved { get; private set; }

    /// <summary>Takes a look in; true when the server hangs.</summary>
    /// <param name="figures">What it told of itself; null when it told nothing.</param>
    public bool Saw(EngineFigures? figures)
    {
        HasMoved = null;
        if (figures is not { Progress: { } progress })
        {
            return IsOver(isStuck: false);
        }
        HasMoved = _progress is null ? null : progress != _progress;
        _progress = progress;
        return IsOver(isStuck: HasMoved == false && figures.Running > 0);
    }

    private bool IsOver(bool isStuck)
    {
        if (!isStuck)
        {
            _since = 0;
            return false;
        }
        if (_since == 0)
        {
            _since = clock.GetTimestamp();
        }
        return clock.GetElapsedTime(_since) >= patience;
    }
}
