namespace Slipway.Server.Features.Gateway.Limits;

/// <summary>
/// So many a minute, in one go or spread out: full at first, it fills up again at an even pace. May be in debt, when a call
/// took more than was thought; then nothing is admitted until that is paid off.
/// </summary>
internal struct TokenBucket
{
    private static readonly double TicksPerMinute = TimeSpan.TicksPerMinute;

    private double _missing;
    private long _at;

    /// <summary>Takes notice of the time, in ticks of <see cref="TimeSpan"/> since any fixed moment.</summary>
    public void Advance(long now, double perMinute)
    {
        _missing = Math.Max(0, _missing - ((now - _at) * perMinute / TicksPerMinute));
        _at = now;
    }

    public readonly double Level(double perMinute) => perMinute - _missing;

    public void Take(double amount) => _missing += amount;

    /// <summary>How long until so much is in it.</summary>
    public readonly TimeSpan TimeUntil(double level, double perMinute) => Rate.TimeToGain(level - Level(perMinute), perMinute);
}
