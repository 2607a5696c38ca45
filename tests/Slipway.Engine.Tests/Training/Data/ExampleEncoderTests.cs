using Slipway.Engine.ChatTemplates;
using Slipway.Engine.Tokenizers;
using Slipway.Engine.Training;
using Slipway.Engine.Training.Data;

namespace Slipway.Engine.Tests.Training.Data;

public sealed class ExampleEncoderTests
{
    private const string TwoTurns = """{"instruction": "Q2", "output": "A2", "history": [["Q1", "A1"]]}""";

    [Fact]
    public void Answers_are_learned_through_the_token_that_ends_them()
    {
        var example = Assert.Single(TrainingTexts.Encoder().Encode(TwoTurns));

        Assert.Equal(["A1<|im_end|>", "A2<|im_end|>"], example.LearnedTexts());
        Assert.Equal(
            "<|im_start|>user\nQ1<|im_end|>\n<|im_start|>assistant\nA1<|im_end|>\n"
            + "<|im_start|>user\nQ2<|im_end|>\n<|im_start|>assistant\nA2<|im_end|>\n",
            example.Text());
    }

    [Fact]
    public void With_the_prompt_all_is_learned_but_the_first_token()
    {
        var example = Assert.Single(TrainingTexts.Encoder(trainOnPrompt: true).Encode(TwoTurns));

        Assert.False(example.Learned[0]);
        Assert.DoesNotContain(false, example.Learned[1..]);
    }

    [Fact]
    public void Qwen3_learns_to_open_and_close_an_empty_thought_unless_told_not_to_think()
    {
        var encoder = TrainingTexts.Encoder(template: TrainingTexts.Qwen3());

        var open = Assert.Single(encoder.Encode("""{"instruction": "Q", "output": "A"}"""));
        var closed = Assert.Single(encoder.Encode("""{"instruction": "Q", "output": "A", "enable_thinking": false}"""));

        Assert.Equal(["<think>\n\n</think>\n\nA<|im_end|>"], open.LearnedTexts());
        Assert.Equal(["A<|im_end|>"], closed.LearnedTexts());
        Assert.Equal(open.Tokens, closed.Tokens);
    }

    [Fact]
    public void Qwen3_answers_whose_thoughts_are_dropped_later_become_examples_of_their_own()
    {
        var examples = TrainingTexts.Encoder(template: TrainingTexts.Qwen3()).Encode("""
            {"messages": [{"role": "user", "content": "Q1"}, {"role": "assistant", "content": "A1", "reasoning_content": "R1"},
             {"role": "user", "content": "Q2"}, {"role": "assistant", "content": "A2", "reasoning_content": "R2"}]}
            """);

        Assert.Equal(2, examples.Length);
        Assert.Equal(["<think>\nR1\n</think>\n\nA1<|im_end|>"], examples[0].LearnedTexts());
        Assert.Equal(["<think>\nR2\n</think>\n\nA2<|im_end|>"], examples[1].LearnedTexts());
        Assert.DoesNotContain("R1", examples[1].Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Qwen3_tool_calls_and_what_follows_them_are_learned()
    {
        var examples = TrainingTexts.Encoder(template: TrainingTexts.Qwen3()).Encode("""
            {"messages": [{"role": "user", "content": "Q"},
             {"role": "assistant", "reasoning_content": "R", "tool_calls": [{"name": "f", "arguments": {"x": 1}}]},
             {"role": "tool", "content": "T"}, {"role": "assistant", "content": "A"}],
             "tools": [{"type": "function", "function": {"name": "f", "description": "does f"}}]}
            """);

        var example = Assert.Single(examples);
        Assert.Equal(
            [
                "<think>\nR\n</think>\n\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"x\": 1}}\n</tool_call><|im_end|>",
                "<think>\n\n</think>\n\nA<|im_end|>",
            ],
            example.LearnedTexts());
        Assert.Contains("does f", example.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_prompt_opens_a_thought_that_the_answer_lacks_the_answer_begins_where_they_part()
    {
        var template = ChatTemplate.Parse(
            "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endfor %}"
            + "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n<think>\\n' }}{%- endif %}");

        var example = Assert.Single(TrainingTexts.Encoder(template: template).Encode("""{"instruction": "Q", "output": "A"}"""));

        Assert.Equal(["A<|im_end|>"], example.LearnedTexts());
    }

    [Fact]
    public void An_empty_thought_that_the_template_forgets_afterwards_stays_before_the_answer()
    {
        var examples = TrainingTexts.Encoder().Encode(
            """{"instruction": "Q2", "output": "A2", "history": [["Q1", "A1"]], "enable_thinking": false}""");

        string[] ends = ["assistant\n<think>\n\n</think>\n\nA1<|im_end|>\n", "assistant\n<think>\n\n</think>\n\nA2<|im_end|>\n"];
        Assert.All(examples.Zip(ends), pair => Assert.EndsWith(pair.Second, pair.First.Text(), StringComparison.Ordinal));
        Assert.Equal([["A1<|im_end|>"], ["A2<|im_end|>"]], examples.Select(example => example.LearnedTexts()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_thought_in_an_answer_that_is_not_to_think_is_a_fault(bool usesQwen3)
    {
        var encoder = TrainingTexts.Encoder(template: usesQwen3 ? TrainingTexts.Qwen3() : null);

        var fault = Assert.Throws<ExampleException>(
            () => encoder.Encode("""{"instruction": "Q", "output": "<think>\nR\n</think>\n\nA", "enable_thinking": false}"""));

        Assert.Contains("accepted with \"enable_thinking\": false", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_that_rewrites_the_question_for_the_answer_is_refused()
    {
        var template = ChatTemplate.Parse("{{ messages | length }}{% for message in messages %}{{ message.content }}{% endfor %}");

        var fault = Assert.Throws<ExampleException>(
            () => TrainingTexts.Encoder(template: template).Encode("""{"instruction": "Q", "output": "A"}"""));

        Assert.Contains("message 2", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_conversation_that_the_template_refuses_is_a_fault()
    {
        var template = ChatTemplate.Parse("{{ raise_exception('no system message, please') }}");

        var fault = Assert.Throws<ExampleException>(
            () => TrainingTexts.Encoder(template: template).Encode("""{"instruction": "Q", "output": "A"}"""));

        Assert.Contains("no system message, please", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"x": 1e999}""")]
    [InlineData("""{"x": -0.0, "y": 123456789012345678901234567890}""")]
    public void Numbers_beyond_all_measure_end_in_a_fault_or_an_example(string arguments)
    {
        var encoder = TrainingTexts.Encoder(template: TrainingTexts.Qwen3());

        var exception = Record.Exception(() => encoder.Encode(
            $$"""
            {"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "tool_calls": [{"name": "f", "arguments": {{arguments}}}]}]}
            """));

        Assert.True(exception is null or ExampleException, exception?.ToString());
    }

    [Fact]
    public void A_token_across_the_beginning_of_an_answer_counts_as_prompt()
    {
        // The prompt ends with one line end and the answer begins with one: together they are one token.
        var example = Assert.Single(TrainingTexts.Encoder().Encode("""{"instruction": "Q", "output": "\nA"}"""));

        Assert.Equal(["A<|im_end|>"], example.LearnedTexts());
        Assert.Equal(TrainingTexts.Tokenizer.Encode(example.Text()), example.Tokens);
    }

    [Fact]
    public void Masks_hold_for_any_text()
    {
        var random = new Random(23);
        for (var i = 0; i < 200; i++)
        {
            var (question, answer) = (Tokenizers.RandomText.Any(random, 12), Nfc.Normalize("A" + Tokenizers.RandomText.Any(random, 12)));
            var conversation = new Conversation(
                [ConversationRules.Message("user", question), ConversationRules.Message("assistant", answer)], null, null);

            var example = Assert.Single(TrainingTexts.Encoder().Encode(conversation));

            Assert.Equal([$"{answer}<|im_end|>"], example.LearnedTexts());
        }
    }

    [Fact]
    public void A_long_example_is_cut_at_the_end_and_left_out_when_nothing_to_learn_remains()
    {
        const string Line = """{"instruction": "Q", "output": "0123456789"}""";
        var whole = Assert.Single(TrainingTexts.Encoder().Encode(Line));
        var first = Array.IndexOf(whole.Learned, true);

        var cut = Assert.Single(TrainingTexts.Encoder(cutoff: first + 3).Encode(Line));

        Assert.Equal(["012"], cut.LearnedTexts());
        Assert.Empty(TrainingTexts.Encoder(cutoff: first).Encode(Line));
    }

    [Fact]
    public void Texts_end_with_the_end_of_text_and_are_cut_into_parts()
    {
        var parts = TrainingTexts.TextEncoder(cutoff: 4).Encode("""{"text": "0123456789"}""");

        Assert.Equal(["0123", "4567", "89<|endoftext|>"], parts.Select(part => part.Text()));
        Assert.All(parts, part => Assert.Equal(part.Tokens.Length - 1, part.Learned.Skip(1).Count(learned => learned)));
        Assert.All(parts, part => Assert.False(part.Learned[0]));
    }

    [Fact]
    public void A_begin_token_is_put_first_where_the_model_wants_it()
    {
        var vocabulary = Tokenizers.SmallVocabulary.Create();
        (vocabulary.BeginToken, vocabulary.AddsBeginToken) = (Tokenizers.SmallVocabulary.EndOfText, true);
        var tokenizer = Tokenizer.FromVocabulary(vocabulary);

        var encoder = new ExampleEncoder(
            tokenizer, ChatTemplate.Parse(TrainingTexts.ChatMl), TrainingStage.SupervisedFineTuning, 100, trainOnPrompt: false);
        var example = Assert.Single(encoder.Encode("""{"instruction": "Q", "output": "A"}"""));

        Assert.Equal([Tokenizers.SmallVocabulary.EndOfText, Tokenizers.SmallVocabulary.ImStart], example.Tokens[..2]);
        Assert.Equal(['A', Tokenizers.SmallVocabulary.ImEnd], example.Tokens.Where((_, index) => example.Learned[index]));
    }

    [Fact]
    public void Fine_tuning_needs_a_template() => Assert.Throws<ArgumentException>(
        () => new ExampleEncoder(TrainingTexts.Tokenizer, null, TrainingStage.SupervisedFineTuning, 100, trainOnPrompt: false));
}
