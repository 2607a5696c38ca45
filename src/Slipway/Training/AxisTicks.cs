namespace Slipway.Training;

/// <summary>Round numbers along an axis.</summary>
internal static class AxisTicks
{
    /// <summary>Multiples of 1, 2, 2.5 or 5 times a power of ten that lie from low to high, about <paramref name="count"/> of them.</summary>
    /// <param name="low">Where the axis begins; finite.</param>
    /// <param name="high">Where it ends; finite and above <paramref name="low"/>.</param>
    /// <param name="count">How many would be good, from 2.</param>
    /// <param name="whole">Whether only whole numbers are wanted.</param>
    public static IReadOnlyList<double> Between(double low, double high, int count, bool whole)
    {
        var step = NiceStep((high - low) / count);
        if (whole)
        {
            step = Math.Max(1, Math.Ceiling(step));
        }
        List<double> ticks = [];
        var first = Math.Ceiling(low / step);
        for (var i = 0; i <= 2 * count && (first + i) * step <= high + (step * 1e-9); i++)
        {
            ticks.Add((first + i) * step);
        }
        return ticks;
    }

    private static double NiceStep(double rough)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return power * ((rough / power) switch
        {
            <= 1 => 1,
            <= 2 => 2,
            <= 2.5 => 2.5,
            <= 5 => 5,
            _ => 10,
        });
    }
}
