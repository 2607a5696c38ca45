using System.Text.Json;
using Slipway.Commands;
using Slipway.Evaluation;

namespace Slipway.Server.Tests.Evaluation;

public sealed class AnswerKeyTests
{
    [Theory]
    [InlineData("The answer is 12.", 12L)]
    [InlineData("7 + 5 = 12", 12L)]
    [InlineData("12-5", 5L)]
    [InlineData("3 - 5 = -2", -2L)]
    [InlineData("结果是−8。", -8L)]
    [InlineData("1,234,567 people", 1234567L)]
    [InlineData("1,2,3", 3L)]
    [InlineData("that makes 4.0", 4L)]
    [InlineData("that makes 4.5", null)]
    [InlineData("about 99999999999999999999999999999999", null)]
    [InlineData("none at all", null)]
    [InlineData("", null)]
    public void The_last_number_of_a_text_is_found(string text, long? expected)
    {
        Assert.Equal(expected, AnswerKey.LastNumber(text));
    }

    [Fact]
    public void Every_accepted_text_must_appear_whatever_its_case()
    {
        var key = new AnswerKey { All = ["paris", "FRANCE"] };

        Assert.True(key.Accepts("Paris is in France."));
        Assert.False(key.Accepts("Paris."));
    }

    [Fact]
    public void One_of_several_is_enough_and_a_rejected_one_is_too_many()
    {
        var key = new AnswerKey { Any = ["不知道", "don't know"], None = ["巴黎"] };

        Assert.True(key.Accepts("我不知道。"));
        Assert.False(key.Accepts("我不知道，也许是巴黎。"));
        Assert.False(key.Accepts("也许吧。"));
    }

    [Theory]
    [InlineData("<think>\n41? no\n</think>\n\n42", true)]
    [InlineData("<think>\n42\n</think>\n\n41", false)]
    [InlineData("<think>\n42", false)]
    [InlineData("42", true)]
    public void A_thought_does_not_count(string answer, bool expected)
    {
        Assert.Equal(expected, new AnswerKey { Number = 42 }.Accepts(answer));
    }

    [Fact]
    public void No_answer_is_never_right()
    {
        Assert.False(new AnswerKey { None = ["x"] }.Accepts("  "));
    }

    [Theory]
    [InlineData("[]", "a question is a JSON object")]
    [InlineData("""{"accept": ["x"]}""", "messages is missing")]
    [InlineData("""{"messages": [{"role": "user"}], "accept": ["x"]}""", "messages is missing or not of the form")]
    [InlineData("""{"messages": [{"role": "user", "content": "?"}]}""", "nothing tells a right answer")]
    [InlineData("""{"messages": [{"role": "user", "content": "?"}], "accept": "x"}""", "accept is")]
    [InlineData("""{"messages": [{"role": "user", "content": "?"}], "accept": [""]}""", "accept has")]
    [InlineData("""{"messages": [{"role": "user", "content": "?"}], "number": 1.5}""", "number is 1.5")]
    [InlineData("""{"messages": [{"role": "user", "content": "?"}], "number": 1, "enable_thinking": "no"}""", "enable_thinking is")]
    [InlineData("""{"messages": [{"role": "user", "content": "?"}], "number": 1, "group": 7}""", "group is 7")]
    public void A_line_that_is_no_question_says_why(string line, string expected)
    {
        var exception = Assert.Throws<JsonException>(() => Question.Parse(line, 3));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_in_a_file_is_told_by_its_line()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "\n{\"messages\": [{\"role\": \"user\", \"content\": \"?\"}], \"number\": 1}\r\n{broken\n");

        var exception = Assert.Throws<CommandException>(() => Question.ReadFile(path));

        File.Delete(path);
        Assert.StartsWith($"{path}:3: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_counts_by_group_and_language_and_over_all()
    {
        var table = new ScoreTable([Scored("sums", "en", true), Scored("sums", "zh", false), Scored("facts", "en", true), Scored("sums", "en", true)]);

        Assert.Equal((3, 4), (table.Total.Right, table.Total.Asked));
        Assert.Equal(0.75, table.Find(ScoreTable.Overall)!.Share);
        Assert.Equal(2.0 / 3, table.Find("sums")!.Share, precision: 12);
        Assert.Null(table.Find("none"));
        Assert.Equal(
            """
            | group | language | right | share |
            |---|---|---:|---:|
            | sums | en | 2/2 | 100.0 % |
            | sums | zh | 0/1 | 0.0 % |
            | facts | en | 1/1 | 100.0 % |
            | all | en | 3/3 | 100.0 % |
            | all | zh | 0/1 | 0.0 % |
            | all |  | 3/4 | 75.0 % |

            """, table.ToMarkdown());
    }

    private static ScoredAnswer Scored(string group, string language, bool isRight) =>
        new(new Question { Id = "q", Group = group, Language = language, Messages = [], Key = new AnswerKey { Number = 1 } }, "", isRight);
}
