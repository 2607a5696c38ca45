using Slipway.Server.Features.Datasets.Findings;

namespace Slipway.Server.Tests.Features.Datasets.Findings;

public sealed class DuplicateCounterTests
{
    [Fact]
    public void Beyond_what_is_kept_the_number_is_a_fair_estimate()
    {
        var counter = new DuplicateCounter();
        const int Different = 3 * DuplicateCounter.MostKept;

        // Every record twice, the repetition long after the first time.
        for (var i = 0; i < 2 * Different; i++)
        {
            counter.Add(BitConverter.GetBytes(i % Different));
        }

        Assert.False(counter.IsExact);
        Assert.InRange(counter.Duplicates, Different * 0.98, Different * 1.02);
    }
}
