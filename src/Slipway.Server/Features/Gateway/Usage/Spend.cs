namespace Slipway.Server.Features.Gateway.Usage;

/// <summary>What a key's calls have cost so far, in billionths of a dollar: the books, and what this process has not put there yet.</summary>
internal sealed class Spend
{
    private volatile Booked _booked = new(0, 0);
    private long _recorded;

    public long Total
    {
        get
        {
            var booked = _booked;
            return booked.ByAll + Volatile.Read(ref _recorded) - booked.ByUs;
        }
    }

    /// <summary>What this process has put into the books.</summary>
    public long BookedByUs => _booked.ByUs;

    public void Add(long cost) => Interlocked.Add(ref _recorded, cost);

    /// <param name="byAll">What the books say.</param>
    /// <param name="byUs">What of that was added here, by <see cref="Add"/>.</param>
    public void Book(long byAll, long byUs) => _booked = new Booked(byAll, byUs);

    private sealed record Booked(long ByAll, long ByUs);
}
