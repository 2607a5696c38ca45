using System.Text.Json.Nodes;
using Slipway.Engine.Training;
using Slipway.Engine.Training.Data;

namespace Slipway.Engine.Tests.Training.Data;

public sealed class ExampleParserTests
{
    [Fact]
    public void Alpaca_is_read()
    {
        AssertMessages(
            """{"instruction": "Add", "input": "1 2", "output": "3", "system": "Be brief.", "history": [["Hi", "Hello"]]}""",
            """
            [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"},
             {"role": "user", "content": "Add\n1 2"}, {"role": "assistant", "content": "3"}]
            """);
    }

    [Fact]
    public void Alpaca_may_leave_out_or_null_what_is_optional()
    {
        AssertMessages(
            """{"instruction": "Hi", "input": "", "output": "Hello", "system": null, "history": null}""",
            """[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]""");
    }

    [Fact]
    public void Sharegpt_is_read()
    {
        AssertMessages(
            """
            {"system": "S", "conversations": [{"from": "human", "value": "Weather?"},
             {"from": "function_call", "value": "{\"name\": \"look\", \"arguments\": {\"at\": \"sky\"}}"},
             {"from": "observation", "value": "blue"}, {"from": "gpt", "value": "Fine."},
             {"from": "user", "value": "Thanks"}, {"from": "assistant", "value": "Bye"}]}
            """,
            """
            [{"role": "system", "content": "S"}, {"role": "user", "content": "Weather?"},
             {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"name": "look", "arguments": {"at": "sky"}}}]},
             {"role": "tool", "content": "blue"}, {"role": "assistant", "content": "Fine."},
             {"role": "user", "content": "Thanks"}, {"role": "assistant", "content": "Bye"}]
            """);
    }

    [Fact]
    public void Openai_messages_are_read()
    {
        AssertMessages(
            """
            {"messages": [{"role": "developer", "content": "D"}, {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
             {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
             {"role": "tool", "tool_call_id": "1", "content": "ok"}, {"role": "assistant", "content": "c", "reasoning_content": "r", "name": "x"}]}
            """,
            """
            [{"role": "system", "content": "D"}, {"role": "user", "content": "ab"},
             {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": "{}"}}]},
             {"role": "tool", "content": "ok"}, {"role": "assistant", "content": "c", "reasoning_content": "r"}]
            """);
    }

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], "tools": [{"name": "f"}]}""")]
    [InlineData("""{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}], "tools": "[{\"name\": \"f\"}]"}""")]
    public void Tools_come_as_a_list_or_as_a_string_of_one(string json)
    {
        var conversation = Assert.IsType<Conversation>(ExampleParser.Parse(json, TrainingStage.SupervisedFineTuning));

        Assert.Equal("""[{"name":"f"}]""", conversation.Tools?.ToJsonString());
    }

    [Theory]
    [InlineData("", null)]
    [InlineData(""", "enable_thinking": null""", null)]
    [InlineData(""", "enable_thinking": false""", false)]
    [InlineData(""", "enable_thinking": true""", true)]
    public void What_the_template_is_told_about_thinking_stands_on_the_line(string more, bool? expected)
    {
        var example = ExampleParser.Parse($$"""{"instruction": "q", "output": "a"{{more}}}""", TrainingStage.SupervisedFineTuning);

        Assert.Equal(expected, ((Conversation)example).EnableThinking);
    }

    [Fact]
    public void Pretraining_reads_texts()
    {
        var example = ExampleParser.Parse("""{"text": "once upon", "source": {"n": 1}}""", TrainingStage.Pretraining);

        Assert.Equal(new PlainText("once upon"), example);
    }

    public static TheoryData<string, string> Faults => new()
    {
        { "", "not JSON" },
        { "{", "not JSON" },
        { "[", "JSON array begins" },
        { "[]", "an empty list" },
        { "null", "null" },
        { "1e999", "1e999" },
        { "{}", "no keys" },
        { """{"prompt": "x", "answer": 1}""", "'prompt', 'answer'" },
        { """{"text": "x"}""", "'instruction' with 'output'" },
        { """{"instruction": "a", "instruction": "b"}""", "not JSON" },
        { """{"instruction": "a"}""", "'output' is missing" },
        { """{"instruction": 5, "output": "x"}""", "'instruction' is 5" },
        { """{"instruction": "", "output": "x"}""", "message 1, the user's, is empty" },
        { """{"instruction": "x", "output": ""}""", "message 2, the assistant's, is empty" },
        { """{"instruction": "x", "output": {"a": 1}}""", "'output' is an object" },
        { """{"instruction": "x", "output": "\ud800"}""", "surrogate" },
        { """{"instruction": "x", "output": "y", "\udfff": 1}""", "surrogate" },
        { """{"instruction": "x", "output": "y", "enable_thinking": "no"}""", "'enable_thinking' is a string" },
        { """{"instruction": "x", "output": "y", "history": [["a"]]}""", "history[0]" },
        { """{"instruction": "x", "output": "y", "history": "h"}""", "pairs" },
        { """{"instruction": "x", "output": "y", "tools": "[1]"}""", "'tools'" },
        { """{"instruction": "x", "output": "y", "tools": "no"}""", "'tools' is the string 'no'" },
        { """{"instruction": "x", "output": "y", "tools": 1e999}""", "'tools' is 1e999" },
        { """{"conversations": []}""", "an empty list" },
        { """{"conversations": [1]}""", "conversations[0]" },
        { """{"conversations": [{"from": "human"}]}""", "'value' is missing" },
        { """{"conversations": [{"from": "robot", "value": "x"}]}""", "'robot'" },
        { """{"conversations": [{"from": "human", "value": "x"}]}""", "last message is the user's" },
        { """{"conversations": [{"from": "human", "value": "x"}, {"from": "function_call", "value": "look()"}]}""", "look()" },
        { """{"conversations": [{"from": "human", "value": "x"}, {"from": "function_call", "value": "{}"}]}""", "'name' is missing" },
        { """{"messages": [{"role": "assistant", "content": "x"}]}""", "after nothing" },
        { """{"messages": [{"role": "user", "content": "x"}, {"role": "system", "content": "x"}]}""", "message 2 is the system's" },
        { """{"messages": [{"role": "user", "content": "x"}, {"role": "user", "content": "x"}]}""", "after the user's" },
        { """{"messages": [{"role": "owl", "content": "x"}]}""", "'owl'" },
        { """{"messages": [{"role": "user", "content": [{"type": "image_url", "url": "x"}]}]}""", "image_url" },
        { """{"messages": [{"role": "user", "content": ["x"]}]}""", "a part of 'content'" },
        { """{"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": {}}]}""", "list of calls" },
        { """{"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": [{"name": "f", "arguments": 5}]}]}""", "'arguments'" },
    };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public void What_is_wrong_is_named(string json, string expected)
    {
        var fault = Assert.Throws<ExampleException>(() => ExampleParser.Parse(json, TrainingStage.SupervisedFineTuning));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_a_fault_and_no_crash()
    {
        var json = $$"""{"instruction": "x", "output": "y", "more": {{new string('[', 100_000)}}{{new string(']', 100_000)}}}""";

        Assert.Throws<ExampleException>(() => ExampleParser.Parse(json, TrainingStage.SupervisedFineTuning));
    }

    [Fact]
    public void A_conversation_of_too_many_messages_is_refused()
    {
        var turns = string.Join(',', Enumerable.Repeat("""["q", "a"]""", 256));

        var fault = Assert.Throws<ExampleException>(() => ExampleParser.Parse(
            $$"""{"instruction": "x", "output": "y", "history": [{{turns}}]}""", TrainingStage.SupervisedFineTuning));

        Assert.Contains("514 messages", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_conversation_that_would_take_too_long_to_render_is_refused()
    {
        var turns = string.Join(',', Enumerable.Repeat("""["q", "a"]""", 200));

        var fault = Assert.Throws<ExampleException>(() => ExampleParser.Parse(
            $$"""{"instruction": "{{new string('x', 1_000_000)}}", "output": "y", "history": [{{turns}}]}""",
            TrainingStage.SupervisedFineTuning));

        Assert.Contains("402 messages in", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_lines_end_in_a_fault_or_in_an_example()
    {
        const string Whole =
            """{"messages": [{"role": "user", "content": "\u00e9"}, {"role": "assistant", "content": "a", "tool_calls": [{"name": "f"}]}], "tools": []}""";
        var random = new Random(17);

        for (var i = 0; i < 5000; i++)
        {
            var broken = Whole.ToCharArray();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                broken[random.Next(broken.Length)] = "{}[]\",:\\u019nt "[random.Next(15)];
            }

            var exception = Record.Exception(() => ExampleParser.Parse(new string(broken), TrainingStage.SupervisedFineTuning));

            Assert.True(exception is null or ExampleException, $"{new string(broken)}: {exception}");
        }
    }

    private static void AssertMessages(string json, string expected)
    {
        var conversation = Assert.IsType<Conversation>(ExampleParser.Parse(json, TrainingStage.SupervisedFineTuning));

        Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), new JsonArray([.. conversation.Messages]).ToJsonString());
    }
}
