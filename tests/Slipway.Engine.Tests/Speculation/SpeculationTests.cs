using Slipway.Engine.Cache;
using Slipway.Engine.Constraints;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Sampling;
using Slipway.Engine.Scheduling;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Engine.Tests.Speculation;

/// <summary>That guessing changes nothing but the number of steps.</summary>
public sealed class SpeculationTests : IDisposable
{
    private readonly LoadedTestModel _loaded = new(TestModel.Create("qwen3", GgmlType.Q8_0));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _loaded.Dispose();

    public static MatrixTheoryData<string, KvFormat> Ways =>
        new(["greedy", "drawn", "penalized", "stopped", "budgeted", "reported", "held"], Enum.GetValues<KvFormat>());

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_output_is_the_same_with_guesses_and_without(string way, KvFormat cache)
    {
        await using var plain = Start(0, cache: cache);
        await using var guessing = Start(16, cache: cache);
        var requests = Enumerable.Range(0, 12).Select(salt => Request(way, salt)).ToList();

        var expected = await AllAsync(plain, requests);
        var actual = await AllAsync(guessing, requests);

        Assert.Equal(expected, actual);
        Assert.True(guessing.Load.DraftedTokens > 0);
        Assert.Equal(0, plain.Load.DraftedTokens);
        Assert.Equal(plain.Load.GeneratedTokens, guessing.Load.GeneratedTokens);
    }

    [Fact]
    public async Task Where_guesses_are_right_fewer_steps_are_needed()
    {
        await using var plain = Start(0);
        await using var guessing = Start(16);
        // Of random weights, greedily: before long it goes round.
        var request = Request("greedy", 0) with { MaxTokens = 300 };

        await AllAsync(plain, [request]);
        await AllAsync(guessing, [request]);

        Assert.True(guessing.Load.AgreedTokens > 100, $"{guessing.Load}");
        Assert.InRange(guessing.Load.Steps, 1, plain.Load.Steps - 100);
    }

    [Theory]
    [InlineData(KvFormat.F16)]
    [InlineData(KvFormat.Q8)]
    public async Task Sequences_that_have_to_give_up_their_blocks_guess_on_and_stay_the_same(KvFormat cache)
    {
        await using var plain = Start(0, cache: cache);
        await using var tight = Start(16, kvTokens: 192, cache);
        var requests = Enumerable.Range(0, 6).Select(salt => Request(salt % 2 == 0 ? "greedy" : "drawn", salt) with { MaxTokens = 100 }).ToList();

        var expected = await AllAsync(plain, requests);
        var actual = await AllAsync(tight, requests);

        Assert.True(tight.Load.Preemptions > 0);
        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData(KvFormat.F16)]
    [InlineData(KvFormat.Q8)]
    public async Task What_guesses_leave_in_the_cache_is_what_the_text_left_there(KvFormat cache)
    {
        await using var guessing = Start(16, cache: cache);
        await using var plain = Start(0, cache: cache);
        var first = Request("greedy", 3) with { MaxTokens = 200, IgnoreEnd = true };
        var ids = (await IdsAsync(guessing, first)).ToList();
        var second = first with { Prompt = [.. first.Prompt, .. ids, 41, 42, 43], MaxTokens = 40 };

        var warm = await IdsAsync(guessing, second);
        var cold = await IdsAsync(plain, second);

        Assert.Equal(cold, warm);
        Assert.True(guessing.Load.CachedTokens >= 128);
    }

    private static GenerationRequest Request(string way, int salt)
    {
        // With itself in it, so that there is something to find.
        int[] part = [.. Enumerable.Range(0, 24).Select(i => ((i * 29) + (salt * 13) + 40) % 250)];
        return new GenerationRequest
        {
            Prompt = [.. part, .. part],
            MaxTokens = 90 + salt,
            IgnoreEnd = salt % 3 > 0,
            SplitThinking = way == "budgeted",
            StartsInThought = way == "budgeted",
            ThinkingBudget = way == "budgeted" ? 20 : null,
            Grammar = way == "held" ? OutputGrammar.JsonObject : null,
            Stop = way == "stopped" ? ["a", "e", "  "] : [],
            Sampling = way switch
            {
                "greedy" or "stopped" or "budgeted" => SamplingOptions.Greedy,
                "penalized" => new SamplingOptions { Seed = (ulong)salt, Temperature = 0.3f, RepetitionPenalty = 1.05f, FrequencyPenalty = 0.1f },
                "reported" => new SamplingOptions { Seed = (ulong)salt, Temperature = 0.2f, TopLogprobs = 3 },
                _ => new SamplingOptions { Seed = (ulong)salt, Temperature = 0.2f, TopP = 0.9f },
            },
        };
    }

    private static async Task<List<string>> AllAsync(InferenceEngine engine, List<GenerationRequest> requests) =>
        [.. await Task.WhenAll(requests.Select(request => Task.Run(() => TellAsync(engine, request), Cancellation)))];

    private static async Task<string> TellAsync(InferenceEngine engine, GenerationRequest request)
    {
        var generation = engine.Submit(request);
        var told = "";
        await foreach (var piece in generation.ReadAllAsync(Cancellation))
        {
            told += piece.Text;
            foreach (var token in piece.Tokens ?? [])
            {
                told += $"[{token.Id} {token.Logprob:R} {string.Join(' ', token.Top.Select(top => $"{top.Id}:{top.Logprob:R}"))}]";
            }
        }
        var result = await generation.Completion;
        return $"{told} {result.Reason} {result.CompletionTokens} {result.ThinkingTokens}";
    }

    private static async Task<IEnumerable<int>> IdsAsync(InferenceEngine engine, GenerationRequest request)
    {
        var ids = new List<int>();
        await foreach (var piece in engine.Submit(request with { Sampling = request.Sampling with { TopLogprobs = 0 } }).ReadAllAsync(Cancellation))
        {
            ids.AddRange(piece.Tokens?.Select(token => token.Id) ?? []);
        }
        return ids;
    }

    private InferenceEngine Start(int drafts, int? kvTokens = null, KvFormat cache = KvFormat.F16) => new(_loaded.Model, new EngineOptions
    {
        MaxSequences = 4,
        Threads = 2,
        DraftTokens = drafts,
        AlwaysDrafts = true,
        KvTokens = kvTokens,
        KvFormat = cache,
    });
}
