using Slipway.Engine.Speculation;

namespace Slipway.Engine.Tests.Speculation;

public sealed class DraftRuleTests
{
    [Fact]
    public void Guesses_that_come_true_are_made_as_long_as_they_may_be()
    {
        var rule = new DraftRule();
        for (var i = 0; i < 20; i++)
        {
            rule.Learn(8, 8);
        }

        Assert.Equal(16, rule.Choose(16, 1, 0.2));
    }

    [Fact]
    public void Guesses_that_come_to_nothing_are_left_until_they_would_have_been_right_again()
    {
        var rule = new DraftRule();
        for (var i = 0; i < 20; i++)
        {
            rule.Learn(4, 0);
        }

        Assert.Equal(0, rule.Choose(16, 1, 0.2));
        for (var i = 0; i < 8; i++)
        {
            rule.Learn(1, 1);
        }

        Assert.InRange(rule.Choose(16, 1, 0.2), 1, 16);
    }

    [Theory]
    [InlineData(1, 0.05, 2, 16)]
    [InlineData(1, 0.3, 1, 4)]
    [InlineData(8, 0.3, 0, 0)]
    public void The_dearer_a_guess_the_shorter_it_is(int sequences, double cost, int least, int most)
    {
        var rule = new DraftRule();

        var length = rule.Choose(16, sequences, cost);

        Assert.InRange(length, least, most);
    }

    [Fact]
    public void What_a_guess_costs_is_measured_against_steps_without()
    {
        var cost = new StepCost();
        for (var i = 0; i < 200; i++)
        {
            cost.Learn(1, 0, 0.010);
            cost.Learn(1, 4, 0.014);
        }

        Assert.InRange(cost.PerToken, 0.099, 0.101);
        Assert.False(cost.WantsPlain(1));
        Assert.True(cost.WantsPlain(2));
    }
}
