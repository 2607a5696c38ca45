using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engine.Constraints;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Sampling;
using Slipway.Engine.Scheduling;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Engine.Tests.Constraints;

public sealed class ConstrainedGenerationTests : IDisposable
{
    private static readonly OutputGrammar Person = Grammar(
        """{"type":"object","properties":{"name":{"type":"string","maxLength":5},"age":{"type":"integer","minimum":0,"maximum":99}},"required":["name","age"],"additionalProperties":false}""");

    private readonly LoadedTestModel _loaded = new(TestModel.Create("qwen3", GgmlType.Q8_0));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _loaded.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_thought_that_the_prompt_opened_stays_free_and_the_answer_does_not(int seed)
    {
        await using var engine = Start();
        var request = Request(seed) with { StartsInThought = true, SplitThinking = true, ThinkingBudget = 30 };

        var output = await RunAsync(engine, request);

        Assert.Equal(FinishReason.Stop, output.Result.Reason);
        AssertIsPerson(output.Answer);
        Assert.True(output.Result.ThinkingTokens >= 30);
        Assert.NotEmpty(output.Thinking);
    }

    [Fact]
    public async Task A_thought_that_the_model_opens_itself_comes_before_the_answer()
    {
        await using var engine = Start();
        var bias = new Dictionary<int, float> { [_loaded.Model.Tokenizer.FindToken("<think>")!.Value] = 50 };
        var request = Request(4) with { SplitThinking = true, ThinkingBudget = 12 };
        var thinking = request with { Sampling = request.Sampling with { LogitBias = bias } };

        var output = await RunAsync(engine, thinking);

        Assert.Equal(FinishReason.Stop, output.Result.Reason);
        Assert.True(output.Result.ThinkingTokens > 0);
        AssertIsPerson(output.Answer);
    }

    [Fact]
    public async Task No_thought_begins_where_the_prompt_has_ended_one()
    {
        await using var engine = Start();
        var bias = new Dictionary<int, float> { [_loaded.Model.Tokenizer.FindToken("<think>")!.Value] = 50 };
        var request = Request(4) with
        {
            Prompt = _loaded.Model.Tokenizer.Encode("hello<think>\n\n</think>\n\n"),
            SplitThinking = true,
            Sampling = new SamplingOptions { Seed = 4, LogitBias = bias },
        };

        var output = await RunAsync(engine, request);

        Assert.Equal(0, output.Result.ThinkingTokens);
        AssertIsPerson(output.Answer);
    }

    [Fact]
    public async Task Constrained_and_free_sequences_share_a_batch_and_each_writes_what_it_writes_alone()
    {
        await using var alone = Start();
        await using var together = Start();
        var requests = Enumerable.Range(0, 12).Select(i => Request(i) with { Grammar = i % 2 == 0 ? Person : null, MaxTokens = 80 }).ToList();
        List<string> expected = [];
        foreach (var request in requests)
        {
            expected.Add((await RunAsync(alone, request)).Answer);
        }

        var actual = await Task.WhenAll(requests.Select(request => RunAsync(together, request)));

        Assert.Equal(expected, actual.Select(output => output.Answer));
        Assert.All(actual.Where((_, i) => i % 2 == 0), output => AssertIsPerson(output.Answer));
    }

    [Fact]
    public async Task A_sequence_that_gave_up_its_blocks_goes_on_within_its_grammar()
    {
        await using var engine = new InferenceEngine(_loaded.Model, new EngineOptions { MaxSequences = 4, Threads = 2, KvTokens = 128 });
        var requests = Enumerable.Range(0, 4).Select(i => Request(i) with { Prompt = [.. Enumerable.Range(40, 30)] }).ToList();

        var outputs = await Task.WhenAll(requests.Select(request => RunAsync(engine, request)));

        Assert.All(outputs.Where(output => output.Result.Reason == FinishReason.Stop), output => AssertIsPerson(output.Answer));
        Assert.Contains(outputs, output => output.Result.Reason == FinishReason.Stop);
    }

    [Fact]
    public async Task The_prefix_cache_serves_constrained_requests_too()
    {
        await using var engine = Start();
        var request = Request(1) with { Prompt = [.. Enumerable.Range(0, 100).Select(i => 40 + (i % 50))] };
        await RunAsync(engine, request with { Grammar = null, MaxTokens = 1 });

        var output = await RunAsync(engine, request);

        Assert.Equal(96, output.Result.CachedTokens);
        AssertIsPerson(output.Answer);
    }

    [Fact]
    public async Task Reported_probabilities_are_the_models_own()
    {
        await using var engine = Start();
        var request = Request(1) with { Sampling = new SamplingOptions { Temperature = 0, TopLogprobs = 5 } };

        var output = await RunAsync(engine, request);

        var first = output.Tokens[0];
        Assert.Equal((int)'{', first.Id);
        Assert.True(first.Top[0].Logprob >= first.Logprob);
        Assert.NotEqual((int)'{', first.Top[0].Id); // The model itself would have written something else.
    }

    [Fact]
    public async Task At_the_token_limit_the_output_is_cut_and_says_so()
    {
        await using var engine = Start();

        var output = await RunAsync(engine, Request(1) with { MaxTokens = 6 });

        Assert.Equal(FinishReason.Length, output.Result.Reason);
        Assert.Equal(6, output.Result.CompletionTokens);
    }

    [Fact]
    public async Task A_forced_call_is_written_between_its_marks()
    {
        await using var engine = Start();
        var call = OutputGrammar.Sequence("<tool_call>\n{\"name\": \"who\", \"arguments\": ", Person, "}\n</tool_call>");
        var grammar = OutputGrammar.Repeat(OutputGrammar.Choice(call, OutputGrammar.Literal("<tool_call>none</tool_call>")), 1, 2);

        var output = await RunAsync(engine, Request(3) with { Grammar = grammar });

        Assert.Equal(FinishReason.Stop, output.Result.Reason);
        foreach (var part in output.Answer.Split("</tool_call>", StringSplitOptions.RemoveEmptyEntries).Where(part => part != "<tool_call>none"))
        {
            Assert.StartsWith("<tool_call>\n", part, StringComparison.Ordinal);
            var written = JsonNode.Parse(part["<tool_call>\n".Length..])!;
            AssertIsPerson(written["arguments"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task Free_text_is_held_to_the_grammar_from_its_trigger_on()
    {
        await using var engine = Start();
        var grammar = OutputGrammar.FreeTextUntil("{", OutputGrammar.Literal("\"a\": 1}"));
        var bias = new Dictionary<int, float> { ['{'] = 4 };
        var request = Request(5) with { Grammar = grammar, MaxTokens = 300, Sampling = new SamplingOptions { Seed = 5, LogitBias = bias } };

        var output = await RunAsync(engine, request);

        var parts = output.Answer.Split('{');
        Assert.True(parts.Length > 3);
        Assert.All(parts[1..^1], part => Assert.StartsWith("\"a\": 1}", part, StringComparison.Ordinal));
        Assert.DoesNotContain('\uFFFD', output.Answer);
    }

    private static OutputGrammar Grammar(string schema) => OutputGrammar.FromJsonSchema(JsonNode.Parse(schema)!);

    private static void AssertIsPerson(string text)
    {
        var value = JsonNode.Parse(text)!.AsObject();
        Assert.Equal(["name", "age"], value.Select(member => member.Key));
        Assert.InRange(value["age"]!.GetValue<int>(), 0, 99);
        Assert.InRange(value["name"]!.GetValue<string>().EnumerateRunes().Count(), 0, 5);
    }

    private static GenerationRequest Request(int seed) =>
        new() { Prompt = [40, 41, 42 + seed], MaxTokens = 400, Grammar = Person, Sampling = new SamplingOptions { Seed = (ulong)seed } };

    private static async Task<Output> RunAsync(InferenceEngine engine, GenerationRequest request)
    {
        var generation = engine.Submit(request);
        var (answer, thinking, tokens) = (new StringBuilder(), new StringBuilder(), new List<TokenProbability>());
        await foreach (var piece in generation.ReadAllAsync(Cancellation))
        {
            (piece.Kind == PieceKind.Thinking ? thinking : answer).Append(piece.Text);
            tokens.AddRange(piece.Tokens ?? []);
        }
        return new Output(answer.ToString(), thinking.ToString(), tokens, await generation.Completion);
    }

    private InferenceEngine Start() => new(_loaded.Model, new EngineOptions { MaxSequences = 6, Threads = 2 });

    private sealed record Output(string Answer, string Thinking, List<TokenProbability> Tokens, GenerationResult Result);
}
