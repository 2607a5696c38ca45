using Slipway.Server.Features.Generation.Thinking;

namespace Slipway.Server.Tests.Features.Generation.Thinking;

public sealed class VerdictTests
{
    [Fact]
    public void The_majority_wins_over_the_surest()
    {
        var verdict = Verdict.Of([Answer("84", 0.99), Answer("37 + 48 = 85", 0.5), Answer("85", 0.8)]);

        Assert.Equal("85", verdict.Chosen.Answer);
        Assert.Equal(2, verdict.Agreeing);
        Assert.Equal(0.8 * 2 / 3, verdict.Confidence, 1e-12);
    }

    [Fact]
    public void Among_equals_the_surest_wins()
    {
        var verdict = Verdict.Of([Answer("a", 0.5), Answer("b", 0.9), Answer("a", 0.6), Answer("b", 0.1), Answer("c", 0.95)]);

        Assert.Equal(("b", 2), (verdict.Chosen.Answer, verdict.Agreeing));
        Assert.Equal(0.9 * 2 / 5, verdict.Confidence, 1e-12);
    }

    [Fact]
    public void No_answer_is_no_majority()
    {
        var verdict = Verdict.Of([Answer("", 0), Answer("", 0), Answer("42", 0.6)]);

        Assert.Equal("42", verdict.Chosen.Answer);
        Assert.Equal(0.2, verdict.Confidence, 1e-12);
    }

    [Fact]
    public void Where_nobody_answered_there_is_no_confidence()
    {
        var verdict = Verdict.Of([Answer("", 0), Answer("", 0)]);

        Assert.Equal(("", 0, 0.0), (verdict.Chosen.Answer, verdict.Agreeing, verdict.Confidence));
    }

    [Fact]
    public void The_geometric_mean_is_that_of_the_probabilities()
    {
        Assert.Equal(0.2, Sample.GeometricMean([MathF.Log(0.1f), MathF.Log(0.4f)]), 1e-6);
        Assert.Equal(0, Sample.GeometricMean([]));
        Assert.Equal(1, Sample.GeometricMean([0, 1e-7f]));
        Assert.Equal(0, Sample.GeometricMean([float.NegativeInfinity, 0]));
    }

    [Theory]
    [InlineData("85", "85.")]
    [InlineData("85", "37 + 48 = 85")]
    [InlineData("85", "It is 85.")]
    [InlineData("85", "答案是85。")]
    [InlineData("85", "37+48等于８５。")]
    [InlineData("85", "The answer is **85**")]
    [InlineData("1200", "x = 1,200.0")]
    [InlineData("-3", "5 − 8 = −3")]
    [InlineData("AES is symmetric.", "aes is  symmetric")]
    [InlineData("北京。", "北京")]
    public void Answers_that_say_the_same_agree(string one, string other)
    {
        Assert.Equal(AnswerForm.Of(one), AnswerForm.Of(other));
    }

    [Theory]
    [InlineData("85", "84")]
    [InlineData("85", "-85")]
    [InlineData("8.5", "85")]
    [InlineData("Alan Turing in 1936", "Alonzo Church in 1936")]
    [InlineData("1936 = the year", "the year 1936")]
    [InlineData("+", "-")]
    [InlineData("x < y", "x > y")]
    [InlineData("北京", "南京")]
    public void Answers_that_say_something_else_do_not(string one, string other)
    {
        Assert.NotEqual(AnswerForm.Of(one), AnswerForm.Of(other));
    }

    [Fact]
    public void The_form_of_any_text_can_be_made()
    {
        Assert.NotNull(AnswerForm.Of("= " + new string('9', 8000)));
        Assert.NotNull(AnswerForm.Of("…"));
    }

    private static Sample Answer(string text, double probability) => new()
    {
        Answer = text,
        Reasoning = "",
        Probability = probability,
        AnswerTokens = 1,
        ThinkingTokens = 0,
        HasThought = false,
        ThoughtIsCut = false,
        ThoughtIsOpen = false,
    };
}
