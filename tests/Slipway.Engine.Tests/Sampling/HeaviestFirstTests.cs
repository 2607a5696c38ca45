using Slipway.Engine.Sampling;

namespace Slipway.Engine.Tests.Sampling;

public sealed class HeaviestFirstTests
{
    [Theory]
    [InlineData(1, 1000)]
    [InlineData(64, 1000)]
    [InlineData(65, 3)]
    [InlineData(1000, 1000)]
    [InlineData(5000, 7)]
    [InlineData(5000, 1)]
    public void The_heaviest_come_first_as_sorting_would_have_them(int count, int distinct)
    {
        var random = new Random(count);
        var weights = Enumerable.Range(0, count).Select(_ => 1f + random.Next(distinct)).ToArray();
        var sorted = weights.OrderDescending().ToArray();
        foreach (var share in new[] { 0.001, 0.3, 0.9, 0.999 })
        {
            var (byMass, ids) = (weights.ToArray(), Enumerable.Range(0, count).ToArray());
            var expected = 0;
            for (double sum = 0; sum < share * weights.Sum(weight => (double)weight); sum += sorted[expected++])
            {
            }

            var taken = HeaviestFirst.TakeMass(byMass, ids, share * weights.Sum(weight => (double)weight));

            Assert.Equal(sorted[..taken], byMass[..taken].OrderDescending());
            Assert.InRange(taken, expected, expected + 1); // A sum in another order may fall just short.
            Assert.All(Enumerable.Range(0, count), i => Assert.Equal(weights[ids[i]], byMass[i]));

            var (byCount, others) = (weights.ToArray(), Enumerable.Range(0, count).ToArray());
            var most = Math.Max(1, (int)(share * count));
            Assert.Equal(most, HeaviestFirst.TakeCount(byCount, others, most));
            Assert.Equal(sorted[..most], byCount[..most]);
        }
    }
}
