using Slipway.Engine.Sampling;

namespace Slipway.Engine.Tests.Sampling;

public sealed class SamplerTests
{
    private static readonly float[] Distribution = [2, 1, 0, -1, 3, float.NegativeInfinity, 0.5f, 2.5f, -2, 1.5f];

    [Theory]
    [InlineData(1, 0, 1, 0)]
    [InlineData(0.5f, 0, 1, 0)]
    [InlineData(1, 3, 1, 0)]
    [InlineData(1, 0, 0.7f, 0)]
    [InlineData(1, 0, 1, 0.3f)]
    [InlineData(2, 6, 0.8f, 0.05f)]
    public void Draws_follow_the_distribution_that_the_options_leave(float temperature, int topK, float topP, float minP)
    {
        var options = new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP };
        var expected = Expected(options);
        var counts = new int[Distribution.Length];
        const int Draws = 40_000;

        for (var draw = 0; draw < Draws; draw++)
        {
            counts[Sample(options, draw)]++;
        }

        for (var id = 0; id < counts.Length; id++)
        {
            Assert.InRange((double)counts[id] / Draws, expected[id] - 0.01, expected[id] + 0.01);
            Assert.True(expected[id] > 0 || counts[id] == 0);
        }
    }

    [Fact]
    public void Greedy_takes_the_first_of_the_largest()
    {
        Assert.Equal(4, Sample(SamplingOptions.Greedy, 0));
    }

    [Theory]
    [InlineData(1e-20f)]
    [InlineData(1.2e-38f)]
    [InlineData(1e-40f)]
    [InlineData(float.Epsilon)]
    public void The_lowest_temperatures_are_greedy(float temperature)
    {
        Assert.Equal(4, Sample(new SamplingOptions { Temperature = temperature }, 0));
    }

    [Fact]
    public void Bias_lifts_a_token_above_the_others()
    {
        var options = SamplingOptions.Greedy with { LogitBias = new Dictionary<int, float> { [8] = 100, [1000] = 100 } };

        Assert.Equal(8, Sample(options, 0));
    }

    [Fact]
    public void A_masked_token_is_never_chosen()
    {
        var sampler = new Sampler(SamplingOptions.Greedy, 1, [4, 7], null);

        Assert.Equal(0, sampler.Sample([.. Distribution], 0, new SamplingScratch(10), out _));
    }

    [Fact]
    public void Penalties_lower_what_was_said()
    {
        var history = new TokenHistory([9]);
        history.Add(4);
        history.Add(4);
        float[] logits = [.. Distribution];

        history.Penalize(logits, new SamplingOptions { RepetitionPenalty = 2, PresencePenalty = 0.25f, FrequencyPenalty = 0.5f });

        Assert.Equal(0.75f, logits[9]);
        Assert.Equal((3 / 2f) - 0.25f - 1, logits[4]);
        Assert.Equal(2.5f, logits[7]);
    }

    [Fact]
    public void Log_probabilities_are_those_of_the_model_whatever_the_options()
    {
        var options = SamplingOptions.Greedy with { TopLogprobs = 3, LogitBias = new Dictionary<int, float> { [0] = 50 } };
        var total = Math.Log(Distribution.Sum(logit => Math.Exp(logit)));

        var chosen = new Sampler(options, 1, [], null).Sample([.. Distribution], 0, new SamplingScratch(10), out var probability);

        Assert.Equal(0, chosen);
        Assert.Equal(2 - total, probability!.Logprob, 5);
        Assert.Equal([4, 7, 0], probability.Top.Select(top => top.Id));
        Assert.Equal(3 - total, probability.Top[0].Logprob, 5);
    }

    [Fact]
    public void Logits_that_are_no_numbers_choose_nothing()
    {
        var logits = Enumerable.Repeat(float.NaN, 10).ToArray();

        Assert.Equal(-1, new Sampler(SamplingOptions.Greedy, 1, [], null).Sample(logits, 0, new SamplingScratch(10), out _));
        Assert.Equal(-1, new Sampler(new SamplingOptions(), 1, [], null).Sample(logits, 0, new SamplingScratch(10), out _));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 1.5f)]
    public void Options_out_of_range_are_named(float temperature, float topP)
    {
        var fault = Assert.Throws<ArgumentException>(new SamplingOptions { Temperature = temperature, TopP = topP }.Validate);

        Assert.Contains("accepted is", fault.Message, StringComparison.Ordinal);
    }

    private static int Sample(SamplingOptions options, int draw) =>
        new Sampler(options, 12345, [], null).Sample([.. Distribution], draw, new SamplingScratch(10), out _);

    private static double[] Expected(SamplingOptions options)
    {
        var weights = Distribution.Select(logit => Math.Exp(logit / options.Temperature)).ToArray();
        var kept = Enumerable.Range(0, weights.Length).OrderByDescending(id => weights[id]).ToList();
        kept = kept.Where(id => weights[id] > 0 && weights[id] >= options.MinP * weights[kept[0]]).ToList();
        kept = options.TopK > 0 ? [.. kept.Take(options.TopK)] : kept;
        var total = options.TopK > 0 ? kept.Sum(id => weights[id]) : weights.Sum();
        var (sum, count) = (0.0, 0);
        while (count < kept.Count && sum < options.TopP * total)
        {
            sum += weights[kept[count++]];
        }
        kept = options.TopP < 1 ? kept[..count] : kept;
        return [.. weights.Select((weight, id) => kept.Contains(id) ? weight / kept.Sum(other => weights[other]) : 0)];
    }
}
