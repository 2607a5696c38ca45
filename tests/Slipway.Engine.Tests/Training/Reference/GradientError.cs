namespace Slipway.Engine.Tests.Training.Reference;

/// <summary>How far one gradient is from another.</summary>
internal static class GradientError
{
    public static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));

    /// <summary>|actual − expected| / |expected|; infinite where nothing was expected and something came, not a number where nothing came.</summary>
    public static double Relative(IReadOnlyList<double> actual, IReadOnlyList<double> expected) =>
        Norm(actual.Zip(expected, (a, e) => a - e)) / Norm(expected);

    /// <summary>All indices of a short vector, a random choice of a long one's.</summary>
    public static int[] Sample(int length, int atMost, int seed)
    {
        var indices = Enumerable.Range(0, length).ToArray();
        if (length > atMost)
        {
            new Random(seed).Shuffle(indices);
        }
        return indices[..Math.Min(length, atMost)];
    }
}
