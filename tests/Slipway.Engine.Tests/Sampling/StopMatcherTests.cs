using Slipway.Engine.Sampling;

namespace Slipway.Engine.Tests.Sampling;

public sealed class StopMatcherTests
{
    [Theory]
    [InlineData("Hello END world", "Hello ")]
    [InlineData("no such thing", "no such thing")]
    [InlineData("almost EN but not", "almost EN but not")]
    [InlineData("ends with E", "ends with E")]
    [InlineData("EEND", "E")]
    [InlineData("first 停止 then END", "first ")]
    public void However_a_text_is_cut_what_comes_out_ends_before_the_first_stop(string text, string expected)
    {
        for (var cut = 0; cut <= text.Length; cut++)
        {
            for (var second = cut; second <= text.Length; second++)
            {
                var matcher = new StopMatcher(["END", "停止"]);

                var output = matcher.Push(text[..cut]) + matcher.Push(text[cut..second]) + matcher.Push(text[second..]) + matcher.Flush();

                Assert.Equal(expected, output);
            }
        }
    }

    [Fact]
    public void What_may_become_a_stop_is_held_back()
    {
        var matcher = new StopMatcher(["END"]);

        Assert.Equal("text ", matcher.Push("text EN"));
        Assert.Equal("ENx", matcher.Push("x"));
        Assert.False(matcher.IsStopped);
    }
}
