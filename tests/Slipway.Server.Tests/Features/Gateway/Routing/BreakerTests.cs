using Slipway.Server.Features.Gateway.Routing;

namespace Slipway.Server.Tests.Features.Gateway.Routing;

public sealed class BreakerTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualClock _clock = new();
    private readonly Breaker _breaker;

    public BreakerTests() => _breaker = new Breaker(
        new BreakerOptions { Failures = 3, MinimumCalls = 10, Cooldown = Second, LongestCooldown = 3 * Second, Window = 10 * Second }, _clock);

    [Fact]
    public void Failures_in_a_row_open_it_and_a_success_between_them_does_not()
    {
        Fail(2);
        _breaker.Succeeded();
        Fail(2);
        Assert.Equal(BreakerState.Closed, _breaker.State);

        Fail(1);

        Assert.Equal(BreakerState.Open, _breaker.State);
        Assert.False(_breaker.TryEnter());
        Assert.Equal(Second, _breaker.Wait());
    }

    [Fact]
    public void What_is_held_against_one_is_not_held_against_who_comes_after_it()
    {
        Fail(3);
        _breaker.Unclear(5 * Second);

        _breaker.Reset();
        Fail(2);

        Assert.Equal((BreakerState.Closed, TimeSpan.Zero), (_breaker.State, _breaker.Wait()));
    }

    [Fact]
    public void A_share_of_failures_opens_it()
    {
        for (var i = 0; i < 5; i++)
        {
            _breaker.Succeeded();
            Fail(1);
        }

        Assert.Equal(BreakerState.Open, _breaker.State);
    }

    [Fact]
    public void Failures_of_another_time_do_not_count()
    {
        for (var i = 0; i < 20; i++)
        {
            _breaker.Succeeded();
            Fail(1);
            _clock.Move(6 * Second);
        }

        Assert.Equal(BreakerState.Closed, _breaker.State);
    }

    [Fact]
    public void After_the_cooldown_one_probe_goes_through_and_closes_it()
    {
        Fail(3);
        _clock.Move(Second);

        Assert.True(_breaker.TryEnter());
        Assert.False(_breaker.TryEnter());
        Assert.Equal(BreakerState.HalfOpen, _breaker.State);
        _breaker.Succeeded();

        Assert.Equal(BreakerState.Closed, _breaker.State);
        Assert.True(_breaker.TryEnter());
    }

    [Fact]
    public void Probes_that_fail_double_the_cooldown_up_to_the_longest()
    {
        Fail(3);
        foreach (var wait in new[] { 1, 2, 3, 3 })
        {
            Assert.Equal(wait * Second, _breaker.Wait());
            _clock.Move(wait * Second);
            Assert.True(_breaker.TryEnter());
            _breaker.Failed();
        }
    }

    [Fact]
    public void A_probe_that_the_client_left_makes_room_for_the_next()
    {
        Fail(3);
        _clock.Move(Second);
        Assert.True(_breaker.TryEnter());

        _breaker.Unclear();

        Assert.True(_breaker.TryEnter());
    }

    [Fact]
    public void Being_busy_never_opens_it_but_is_waited_for()
    {
        for (var i = 0; i < 100; i++)
        {
            _breaker.Unclear(busyFor: Second);
        }

        Assert.Equal((BreakerState.Closed, Second), (_breaker.State, _breaker.Wait()));
        _clock.Move(Second);
        Assert.Equal(TimeSpan.Zero, _breaker.Wait());
    }

    private void Fail(int times)
    {
        for (var i = 0; i < times; i++)
        {
            _breaker.Failed();
        }
    }
}
