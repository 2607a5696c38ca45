using Slipway.Engine.Speculation;

namespace Slipway.Engine.Tests.Speculation;

public sealed class PromptLookupTests
{
    [Fact]
    public void What_followed_the_last_three_tokens_before_is_the_guess()
    {
        var (found, guess) = Guess([1, 2, 3, 4, 5, 9, 1, 2, 3], 2);

        Assert.True(found);
        Assert.Equal([4, 5], guess);
    }

    [Fact]
    public void Of_several_places_the_latest_counts()
    {
        var (_, guess) = Guess([1, 2, 3, 4, 0, 1, 2, 3, 7, 0, 1, 2, 3], 1);

        Assert.Equal([7], guess);
    }

    [Fact]
    public void A_text_that_goes_round_is_guessed_to_go_on_round()
    {
        var (_, guess) = Guess([5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7], 7);

        Assert.Equal([8, 5, 6, 7, 8, 5, 6], guess);
    }

    [Theory]
    [InlineData]
    [InlineData(1)]
    [InlineData(1, 2, 3)]
    [InlineData(1, 2, 3, 4, 5, 6)]
    [InlineData(1, 2, 3, 4, 2, 3)]
    public void What_was_never_there_is_not_guessed(params int[] tokens) => Assert.False(Guess(tokens, 4).Found);

    [Fact]
    public void A_text_that_grows_is_taken_in_as_it_grows()
    {
        var lookup = new PromptLookup(10);
        var tokens = new List<int>();
        var random = new Random(7);
        var hits = 0;
        var guess = new int[3];
        for (var i = 0; i < 5000; i++)
        {
            tokens.Add(random.Next(6));
            var isFound = lookup.TryGuess(tokens.ToArray(), guess);
            var (known, expected) = Guess([.. tokens], 3);
            Assert.Equal(known, isFound);
            if (isFound)
            {
                hits++;
                Assert.Equal(expected, guess);
            }
        }
        Assert.True(hits > 4000);
    }

    private static (bool Found, int[] Guess) Guess(int[] tokens, int length)
    {
        var guess = new int[length];
        return (new PromptLookup(10).TryGuess(tokens, guess), guess);
    }
}
