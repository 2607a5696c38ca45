using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Sampling;
using Slipway.Engine.Scheduling;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Engine.Tests.Scheduling;

/// <summary>Limits of thought and answer, each for itself, and what is told of the thought at the end.</summary>
public sealed class ThoughtLimitTests : IDisposable
{
    private readonly LoadedTestModel _loaded = new(TestModel.Create("qwen3", GgmlType.Q8_0));

    public void Dispose() => _loaded.Dispose();

    [Fact]
    public async Task The_answer_has_its_tokens_behind_a_thought_that_was_cut()
    {
        var (result, answerTokens) = await RunAsync(Request() with { StartsInThought = true, ThinkingBudget = 20, MaxAnswerTokens = 7 }, never: "</think>");

        Assert.Equal(ThoughtState.Cut, result.Thought);
        Assert.Equal(7, answerTokens);
        Assert.Equal(FinishReason.Length, result.Reason);
    }

    [Fact]
    public async Task Without_a_thought_the_answer_has_no_more()
    {
        var (result, answerTokens) = await RunAsync(Request() with { MaxAnswerTokens = 7 }, never: "<think>");

        Assert.Equal((ThoughtState.None, 7, 7), (result.Thought, answerTokens, result.CompletionTokens));
    }

    [Fact]
    public async Task A_thought_that_the_end_finds_open_is_open()
    {
        var (result, answerTokens) = await RunAsync(Request() with { StartsInThought = true, MaxTokens = 5 }, never: "</think>");

        Assert.Equal((ThoughtState.Open, 0, 5), (result.Thought, answerTokens, result.ThinkingTokens));
    }

    [Fact]
    public async Task The_mark_that_opens_a_thought_is_no_token_of_the_answer()
    {
        var (result, answerTokens) = await RunAsync(Request() with { ThinkingBudget = 1, MaxAnswerTokens = 4 }, always: "<think>");

        Assert.Equal((ThoughtState.Cut, 4), (result.Thought, answerTokens));
    }

    [Fact]
    public async Task A_thought_that_the_model_ends_is_closed()
    {
        var (result, _) = await RunAsync(Request() with { StartsInThought = true, MaxAnswerTokens = 4 }, always: "</think>");

        Assert.Equal((ThoughtState.Closed, 1), (result.Thought, result.ThinkingTokens));
    }

    private static GenerationRequest Request() => new()
    {
        Prompt = [40, 71, 102],
        SplitThinking = true,
        MaxTokens = 100,
        IgnoreEnd = true,
        Sampling = SamplingOptions.Greedy with { TopLogprobs = 0 },
    };

    private async Task<(GenerationResult Result, int AnswerTokens)> RunAsync(GenerationRequest request, string? never = null, string? always = null)
    {
        await using var engine = new InferenceEngine(_loaded.Model, new EngineOptions { MaxSequences = 1, Threads = 1 });
        var bias = new Dictionary<int, float>();
        if (never is not null)
        {
            bias[Find(never)] = -1000;
        }
        if (always is not null)
        {
            bias[Find(always)] = 1000;
        }
        var generation = engine.Submit(request with { Sampling = request.Sampling with { LogitBias = bias } });
        var answerTokens = 0;
        await foreach (var piece in generation.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            answerTokens += piece.Kind == PieceKind.Answer ? piece.Tokens?.Count ?? 0 : 0;
        }
        return (await generation.Completion, answerTokens);
    }

    private int Find(string token) => _loaded.Model.Tokenizer.FindToken(token)!.Value;
}
