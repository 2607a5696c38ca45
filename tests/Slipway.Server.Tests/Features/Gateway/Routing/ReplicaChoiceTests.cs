using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Routing;
using Slipway.Server.Features.Gateway.Upstreams;

namespace Slipway.Server.Tests.Features.Gateway.Routing;

public sealed class ReplicaChoiceTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void Weights_are_shares()
    {
        var (choice, replicas) = Make(RouteStrategy.Weighted, 1, 3, 0);

        var counts = Count(choice, replicas, 4000);

        Assert.InRange(counts[0], 990, 1010);
        Assert.Equal((4000, 0), (counts[0] + counts[1], counts[2]));
    }

    [Fact]
    public void The_least_busy_one_is_taken_and_equals_take_turns()
    {
        var (choice, replicas) = Make(RouteStrategy.LeastBusy, 1, 1, 1);
        Assert.All(Count(choice, replicas, 300), count => Assert.Equal(100, count));

        replicas[0].Enter();
        replicas[2].Enter();

        Assert.All(Enumerable.Range(0, 10), _ => Assert.Same(replicas[1], choice.Take(0, 0)));
    }

    [Fact]
    public void A_conversation_stays_with_its_replica_and_many_are_spread()
    {
        var (choice, replicas) = Make(RouteStrategy.PrefixAffinity, 1, 1, 2);

        var homes = Enumerable.Range(0, 4000).Select(i => choice.Take(PrefixHash.Mix(7, (ulong)i), 0)).ToList();

        Assert.Equal(homes, Enumerable.Range(0, 4000).Select(i => choice.Take(PrefixHash.Mix(7, (ulong)i), 0)));
        Assert.InRange(homes.Count(replica => replica == replicas[2]), 1850, 2150);
        Assert.InRange(homes.Count(replica => replica == replicas[0]), 900, 1100);
    }

    [Fact]
    public void A_replica_that_goes_moves_only_its_own_conversations()
    {
        var (choice, replicas) = Make(RouteStrategy.PrefixAffinity, 1, 1, 1, 1);
        var before = Enumerable.Range(0, 500).Select(i => choice.Take((ulong)i * 977, 0)).ToList();

        var after = Enumerable.Range(0, 500).Select(i => choice.Take((ulong)i * 977, tried: 1)).ToList();

        Assert.All(before.Zip(after), pair => Assert.True(pair.First == replicas[0] ? pair.Second != replicas[0] : pair.First == pair.Second));
    }

    [Fact]
    public void A_favourite_that_is_overloaded_is_passed_by()
    {
        var (choice, replicas) = Make(RouteStrategy.PrefixAffinity, 1, 1);
        var favourite = choice.Take(42, 0)!;
        for (var i = 0; i < 10; i++)
        {
            favourite.Enter();
        }

        Assert.NotSame(favourite, choice.Take(42, 0));
        Assert.Contains(choice.Take(42, 0), replicas);
    }

    [Theory]
    [InlineData("Weighted")]
    [InlineData("LeastBusy")]
    [InlineData("PrefixAffinity")]
    public void What_was_tried_or_is_open_is_not_taken(string strategy)
    {
        var (choice, replicas) = Make(Enum.Parse<RouteStrategy>(strategy), 1, 1, 1);
        for (var i = 0; i < 5; i++)
        {
            replicas[1].Breaker.Failed();
        }

        Assert.All(Enumerable.Range(0, 20), i => Assert.Same(replicas[2], choice.Take((ulong)i, tried: 1)));
        Assert.Null(choice.Take(0, tried: 5));
    }

    private static int[] Count(ReplicaChoice choice, Replica[] replicas, int times)
    {
        var counts = new int[replicas.Length];
        for (var i = 0; i < times; i++)
        {
            counts[Array.IndexOf(replicas, choice.Take(0, 0))]++;
        }

        return counts;
    }

    private (ReplicaChoice Choice, Replica[] Replicas) Make(RouteStrategy strategy, params int[] weights)
    {
        var replicas = weights.Select((weight, i) => new Replica(
            new UpstreamOptions { Weight = weight, BaseUrl = $"http://10.0.0.{i}/v1" }, new Silent(), new Breaker(new BreakerOptions(), _clock), "m")).ToArray();
        return (new ReplicaChoice(strategy, replicas), replicas);
    }

    private sealed class Silent : IUpstream
    {
        public Task<UpstreamAnswer> SendAsync(GatewayCall call, string model, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
