using Slipway.Server.Features.Generation.Thinking;

namespace Slipway.Server.Tests.Features.Generation.Thinking;

public sealed class ThoughtCheckTests
{
    private static readonly Sample Whole = new()
    {
        Answer = "85",
        Reasoning = "7 + 8 = 15, write 5, carry 1; 3 + 4 + 1 = 8.",
        Probability = 0.9,
        AnswerTokens = 2,
        ThinkingTokens = 20,
        HasThought = true,
        ThoughtIsCut = false,
        ThoughtIsOpen = false,
    };

    [Fact]
    public void A_whole_thought_has_no_issue()
    {
        Assert.Empty(ThoughtCheck.FindIssues(Whole));
    }

    [Fact]
    public void What_is_wrong_is_named()
    {
        Assert.Equal(["no_thought"], ThoughtCheck.FindIssues(Whole with { HasThought = false, Reasoning = "" }));
        Assert.Equal(["empty"], ThoughtCheck.FindIssues(Whole with { Reasoning = "" }));
        Assert.Equal(["cut_at_budget"], ThoughtCheck.FindIssues(Whole with { ThoughtIsCut = true }));
        Assert.Equal(["never_closed"], ThoughtCheck.FindIssues(Whole with { ThoughtIsOpen = true }));
        Assert.Equal(["never_closed", "empty"], ThoughtCheck.FindIssues(Whole with { ThoughtIsOpen = true, Reasoning = "" }));
        Assert.Equal(
            ["cut_at_budget", "repeats_itself"],
            ThoughtCheck.FindIssues(Whole with { ThoughtIsCut = true, Reasoning = string.Concat(Enumerable.Repeat("wait, ", 200)) }));
    }

    [Theory]
    [InlineData("Let me think again. No. Let me think again! Well; let me think  again; LET ME THINK AGAIN", true)]
    [InlineData("Let me think again. No. Let me think again! Well; let me think again", false)]
    [InlineData("Yes. Yes. Yes. Yes. Yes. Yes.", false)]
    [InlineData("我再想一想这道题目究竟怎么做。好。我再想一想这道题目究竟怎么做。我再想一想这道题目究竟怎么做。嗯。我再想一想这道题目究竟怎么做。", true)]
    public void A_sentence_said_four_times_is_repetition(string thought, bool repeats)
    {
        Assert.Equal(repeats, ThoughtCheck.Repeats(thought));
    }

    [Fact]
    public void More_than_half_of_it_said_before_is_repetition_without_any_sentence()
    {
        var once = string.Join(' ', Enumerable.Range(100, 60));

        Assert.False(ThoughtCheck.Repeats(once));
        Assert.False(ThoughtCheck.Repeats($"{once} {once}"));
        Assert.True(ThoughtCheck.Repeats($"{once} {once} {once}"));
    }
}
