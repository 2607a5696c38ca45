using Slipway.Server.Features.Generation.Thinking;

namespace Slipway.Server.Tests.Features.Generation.Thinking;

public sealed class ThoughtStepsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData(" \n \n", "")]
    [InlineData("One thought, one line.", "One thought, one line.")]
    [InlineData("a line\nand another", "a line\nand another")]
    [InlineData("above\n\nbelow", "above|below")]
    [InlineData("above\n \t \nbelow", "above|below")]
    [InlineData("1. add\n2. carry\n3) write", "1. add|2. carry|3) write")]
    [InlineData("Plan:\n(1) add\n（2） carry", "Plan:|(1) add|（2） carry")]
    [InlineData("Step 1: add\nStep 2: carry", "Step 1: add|Step 2: carry")]
    [InlineData("**1. add**\n**2. carry**", "**1. add**|**2. carry**")]
    [InlineData("第一步：相加\n第二步：进位", "第一步：相加|第二步：进位")]
    [InlineData("一、相加\n二、进位", "一、相加|二、进位")]
    [InlineData("步骤1：相加\n步骤2：进位", "步骤1：相加|步骤2：进位")]
    [InlineData("First, add. Then carry. Finally, write it down.", "First, add.|Then carry.|Finally, write it down.")]
    [InlineData("first add\nthen carry\nfinally write", "first add|then carry|finally write")]
    [InlineData("首先相加，然后进位，最后写下。", "首先相加，|然后进位，|最后写下。")]
    [InlineData("首先，相加。其次，进位。接着，写下。", "首先，相加。|其次，进位。|接着，写下。")]
    public void A_thought_is_split_at_its_own_structure(string thought, string steps)
    {
        Assert.Equal(steps.Length == 0 ? [] : steps.Split('|'), ThoughtSteps.Split(thought));
    }

    [Theory]
    [InlineData("If it rains, then the street is wet.")]
    [InlineData("It is the first of May; 3.5 and 4.25 are numbers.")]
    [InlineData("3.5 is a number\n4.25 is another")]
    [InlineData("The thirdhand firsthand account.")]
    [InlineData("他最后来了")]
    public void Words_and_numbers_inside_a_sentence_split_nothing(string thought)
    {
        Assert.Equal([thought], ThoughtSteps.Split(thought));
    }

    [Fact]
    public void Nothing_but_white_space_is_lost_and_a_long_thought_takes_no_longer_than_its_length()
    {
        var thought = string.Concat(Enumerable.Repeat("1. a\n\n \n\t\n首先b，然后c\n第\n（（（\n", 20_000));

        var steps = ThoughtSteps.Split(thought);

        Assert.Equal(Squeeze(thought), Squeeze(string.Concat(steps)));
    }

    private static string Squeeze(string text) => string.Concat(text.Where(letter => !char.IsWhiteSpace(letter)));
}
