namespace Slipway.Server.Platform.Telemetry;

/// <summary>A number that only grows.</summary>
internal sealed class Figure
{
    private long _value;

    public long Value => Interlocked.Read(ref _value);

    public void Add(long amount = 1) => Interlocked.Add(ref _value, amount);
}

/// <summary>How often values fell below which bounds.</summary>
/// <param name="bounds">Ascending, each included in its bucket.</param>
internal sealed class Distribution(double[] bounds)
{
    // Sums are kept in millionths: whole numbers can be added without a lock.
    private const double Millionths = 1e6;

    private readonly long[] _counts = new long[bounds.Length + 1];
    private long _sum;

    public ReadOnlySpan<double> Bounds => bounds;

    public double Sum => Interlocked.Read(ref _sum) / Millionths;

    public void Add(double value)
    {
        var bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _counts[bucket]);
        Interlocked.Add(ref _sum, (long)(value * Millionths));
    }

    /// <summary>Adds what another one of the same bounds holds.</summary>
    public void Add(Distribution other)
    {
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            Interlocked.Add(ref _counts[bucket], other.Count(bucket));
        }

        Interlocked.Add(ref _sum, Interlocked.Read(ref other._sum));
    }

    /// <summary>How many values fell into a bucket; the one past the bounds holds the rest.</summary>
    public long Count(int bucket) => Interlocked.Read(ref _counts[bucket]);

    /// <summary>
    /// Below which value this share of all lies, taking those of a bucket as spread evenly over it: wrong by the bucket's
    /// width at most. 0 without values; the last bound for what lies past it.
    /// </summary>
    public double Quantile(double share)
    {
        var counts = Enumerable.Range(0, _counts.Length).Select(Count).ToArray();
        var rank = share * counts.Sum();
        var below = 0L;
        for (var i = 0; i < bounds.Length; i++)
        {
            if (counts[i] > 0 && below + counts[i] >= rank)
            {
                var start = i == 0 ? 0 : bounds[i - 1];
                return start + ((bounds[i] - start) * ((rank - below) / counts[i]));
            }

            below += counts[i];
        }

        return below < rank ? bounds[^1] : 0;
    }
}
