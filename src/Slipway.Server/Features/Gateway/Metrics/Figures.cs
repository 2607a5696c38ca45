namespace Slipway.Server.Features.Gateway.Metrics;

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

    /// <summary>How many values fell into a bucket; the one past the bounds holds the rest.</summary>
    public long Count(int bucket) => Interlocked.Read(ref _counts[bucket]);
}
