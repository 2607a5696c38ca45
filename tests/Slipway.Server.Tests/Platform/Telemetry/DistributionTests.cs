using Slipway.Server.Platform.Telemetry;

namespace Slipway.Server.Tests.Platform.Telemetry;

public sealed class DistributionTests
{
    [Fact]
    public void A_quantile_lies_in_the_bucket_of_the_value_that_it_stands_for()
    {
        var distribution = Fill([1, 2, 4, 8], 0.5, 1.5, 1.5, 3);

        Assert.Equal(1, distribution.Quantile(0.25));
        Assert.Equal(1.5, distribution.Quantile(0.5));
        Assert.Equal(2, distribution.Quantile(0.75));
        Assert.Equal(4, distribution.Quantile(1));
    }

    [Fact]
    public void Without_values_it_is_0_and_past_the_bounds_the_last_of_them()
    {
        Assert.Equal(0, Fill([1, 2]).Quantile(0.5));
        Assert.Equal(2, Fill([1, 2], 100).Quantile(0.5));
    }

    [Fact]
    public void Two_of_the_same_bounds_are_added()
    {
        var sum = Fill([1, 2], 0.5);

        sum.Add(Fill([1, 2], 1.5, 5));

        Assert.Equal([1L, 1L, 1L], Enumerable.Range(0, 3).Select(sum.Count));
        Assert.Equal(7, sum.Sum, 1e-6);
    }

    private static Distribution Fill(double[] bounds, params double[] values)
    {
        var distribution = new Distribution(bounds);
        foreach (var value in values)
        {
            distribution.Add(value);
        }

        return distribution;
    }
}
