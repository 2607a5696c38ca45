using System.Text;
using Slipway.Engine.Cache;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Sampling;
using Slipway.Engine.Scheduling;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Engine.Tests.Scheduling;

public sealed class InferenceEngineTests : IDisposable
{
    private readonly LoadedTestModel _loaded = new(TestModel.Create("qwen3", GgmlType.Q8_0));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _loaded.Dispose();

    [Fact]
    public async Task Greedy_tokens_are_those_of_the_largest_logits()
    {
        await using var engine = Start(new EngineOptions { MaxSequences = 1, Threads = 2 });
        List<int> expected = [.. Prompt(5)];
        for (var i = 0; i < 20; i++)
        {
            var logits = _loaded.Logits(expected, KernelTable.Supported[0], expected.Count)[^1];
            expected.Add(Array.IndexOf(logits, logits.Max()));
        }

        var (ids, _) = await GenerateAsync(engine, Request(Prompt(5), 20, SamplingOptions.Greedy));

        Assert.Equal(expected[5..], ids);
    }

    [Theory]
    [InlineData(KvFormat.F16)]
    [InlineData(KvFormat.Q8)]
    public async Task The_same_seed_gives_the_same_tokens_alone_and_beside_others(KvFormat cache)
    {
        var request = Request(Prompt(9), 40, new SamplingOptions { Seed = 7, Temperature = 0.9f, TopP = 0.95f });
        await using var alone = Start(new EngineOptions { MaxSequences = 1, Threads = 1, KvFormat = cache });
        await using var busy = Start(new EngineOptions { MaxSequences = 6, Threads = 2, StepTokens = 32, KvFormat = cache });
        var (expected, _) = await GenerateAsync(alone, request);

        var others = Enumerable.Range(0, 8).Select(i => GenerateAsync(busy, Request(Prompt(20 + i, salt: i), 50, new SamplingOptions { Seed = (ulong)i }))).ToList();
        var (actual, _) = await GenerateAsync(busy, request);
        await Task.WhenAll(others);

        Assert.Equal(expected, actual);
    }

    [Fact]
    public async Task Another_seed_gives_other_tokens()
    {
        await using var engine = Start(new EngineOptions { Threads = 2 });

        var (first, _) = await GenerateAsync(engine, Request(Prompt(9), 40, new SamplingOptions { Seed = 1 }));
        var (second, _) = await GenerateAsync(engine, Request(Prompt(9), 40, new SamplingOptions { Seed = 2 }));

        Assert.NotEqual(first, second);
    }

    [Theory]
    [InlineData(KvFormat.F16)]
    [InlineData(KvFormat.Q8)]
    public async Task A_sequence_that_had_to_give_up_its_blocks_goes_on_as_if_nothing_had_happened(KvFormat cache)
    {
        await using var roomy = Start(new EngineOptions { MaxSequences = 4, Threads = 2, KvFormat = cache });
        await using var tight = Start(new EngineOptions { MaxSequences = 4, Threads = 2, KvTokens = 192, KvFormat = cache });
        var requests = Enumerable.Range(0, 4).Select(i => Request(Prompt(30, salt: i), 100, new SamplingOptions { Seed = (ulong)i })).ToList();
        var expected = await Task.WhenAll(requests.Select(request => GenerateAsync(roomy, request)));

        var actual = await Task.WhenAll(requests.Select(request => GenerateAsync(tight, request)));

        Assert.True(tight.Load.Preemptions > 0);
        Assert.Equal(expected.Select(one => one.Ids), actual.Select(one => one.Ids));
    }

    [Fact]
    public async Task A_second_turn_computes_only_what_is_new()
    {
        await using var engine = Start(new EngineOptions { Threads = 2 });
        var prompt = Prompt(100);
        var (ids, first) = await GenerateAsync(engine, Request(prompt, 30, SamplingOptions.Greedy));

        var (_, second) = await GenerateAsync(engine, Request([.. prompt, .. ids, .. Prompt(10, salt: 3)], 5, SamplingOptions.Greedy));

        Assert.Equal(0, first.CachedTokens);
        Assert.Equal(128, second.CachedTokens); // Whole blocks of 32 of the 129 tokens that were computed.
    }

    [Theory]
    [InlineData(KvFormat.F16)]
    [InlineData(KvFormat.Q8)]
    public async Task Reused_blocks_give_the_tokens_that_computing_them_anew_gives(KvFormat cache)
    {
        await using var warm = Start(new EngineOptions { Threads = 2, KvFormat = cache });
        await using var cold = Start(new EngineOptions { Threads = 2, KvFormat = cache });
        var request = Request(Prompt(150), 30, SamplingOptions.Greedy);
        await GenerateAsync(warm, Request(Prompt(150), 1, SamplingOptions.Greedy));

        var (reused, result) = await GenerateAsync(warm, request);
        var (computed, _) = await GenerateAsync(cold, request);

        Assert.True(result.CachedTokens >= 128);
        Assert.Equal(computed, reused);
    }

    [Fact]
    public async Task A_reader_that_leaves_frees_its_place_for_the_next()
    {
        using var loaded = new LoadedTestModel(TestModel.Create(contextLength: 1 << 15));
        await using var engine = new InferenceEngine(loaded.Model, new EngineOptions { MaxSequences = 1, Threads = 2 });
        var first = engine.Submit(Request(Prompt(5), null, SamplingOptions.Greedy));
        await using var pieces = first.ReadAllAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        await pieces.MoveNextAsync();
        var second = engine.Submit(Request(Prompt(6), 3, SamplingOptions.Greedy));

        first.Cancel();
        var result = await second.Completion.WaitAsync(Cancellation);

        Assert.Equal(FinishReason.Cancelled, (await first.Completion).Reason);
        Assert.Equal(3, result.CompletionTokens);
    }

    [Fact]
    public async Task A_full_queue_refuses_and_says_so()
    {
        await using var engine = Start(new EngineOptions { MaxSequences = 1, MaxQueued = 1, Threads = 1 });
        var running = engine.Submit(Request(Prompt(5), null, SamplingOptions.Greedy));
        var waiting = engine.Submit(Request(Prompt(5), null, SamplingOptions.Greedy));

        var fault = Assert.Throws<EngineBusyException>(() => engine.Submit(Request(Prompt(5), 1, SamplingOptions.Greedy)));

        Assert.Contains("1 requests are running and 1 waiting", fault.Message, StringComparison.Ordinal);
        running.Cancel();
        waiting.Cancel();
    }

    [Fact]
    public async Task Generation_ends_at_the_end_of_the_context()
    {
        await using var engine = Start(new EngineOptions { Threads = 2 });

        var (ids, result) = await GenerateAsync(engine, Request(Prompt(500), null, SamplingOptions.Greedy));

        Assert.Equal(FinishReason.Length, result.Reason);
        Assert.Equal(12, ids.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    public async Task A_prompt_that_does_not_fit_is_refused(int length)
    {
        await using var engine = Start(new EngineOptions { Threads = 1 });

        Assert.Throws<ArgumentException>(() => engine.Submit(Request(Prompt(length), 1, SamplingOptions.Greedy)));
    }

    [Fact]
    public async Task Draining_lets_what_runs_end_and_refuses_the_rest()
    {
        await using var engine = Start(new EngineOptions { Threads = 2 });
        var running = engine.Submit(Request(Prompt(5), 50, SamplingOptions.Greedy));

        var drained = engine.DrainAsync(Cancellation);

        Assert.Throws<EngineBusyException>(() => engine.Submit(Request(Prompt(5), 1, SamplingOptions.Greedy)));
        Assert.Equal(50, (await running.Completion).CompletionTokens);
        await drained;
    }

    [Fact]
    public async Task The_end_of_an_answer_before_a_stop_text_is_the_beginning_of_the_whole()
    {
        await using var engine = Start(new EngineOptions { Threads = 2 });
        var sampling = new SamplingOptions { Seed = 5 };
        var whole = await TextAsync(engine, Request(Prompt(7), 60, sampling));
        var stop = whole[20..24];

        var cut = await TextAsync(engine, Request(Prompt(7), 60, sampling) with { Stop = [stop] });

        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], cut);
    }

    [Fact]
    public async Task What_is_kept_in_Q8_changes_the_tokens_before_long()
    {
        await using var halves = Start(new EngineOptions { Threads = 2 });
        await using var bytes = Start(new EngineOptions { Threads = 2, KvFormat = KvFormat.Q8 });
        var request = Request(Prompt(100), 200, new SamplingOptions { Seed = 3 });

        var (expected, _) = await GenerateAsync(halves, request);
        var (actual, _) = await GenerateAsync(bytes, request);

        Assert.NotEqual(expected, actual); // Were they equal, the tests above would have proved nothing of Q8.
    }

    [Theory]
    [InlineData(KvFormat.F16, 16)]
    [InlineData(KvFormat.Q8, 8.5)]
    public async Task The_cache_takes_the_bits_of_its_format(KvFormat cache, double bits)
    {
        await using var engine = Start(new EngineOptions { Threads = 1, KvTokens = 1000, KvFormat = cache });
        var shape = _loaded.Model.Transformer.Shape;

        Assert.Equal(1024, engine.KvTokens);
        Assert.Equal(1024 * 2 * shape.Layers * shape.KeyLength * bits / 8, engine.KvBytes);
        Assert.Equal(engine.KvBytes, engine.KvTokens * shape.CacheBytesPerToken(cache));
    }

    [Fact]
    public void A_model_whose_heads_do_not_fit_the_format_is_refused()
    {
        using var loaded = new LoadedTestModel(TestModel.Create("llama")); // Heads of 16.

        var fault = Assert.Throws<ModelFormatException>(() => new InferenceEngine(loaded.Model, new EngineOptions { Threads = 1, KvFormat = KvFormat.Q8 }));

        Assert.Contains("heads of 16 values", fault.Message, StringComparison.Ordinal);
    }

    private static int[] Prompt(int length, int salt = 0) => [.. Enumerable.Range(0, length).Select(i => ((i * 31) + (salt * 17) + 40) % 250)];

    private static GenerationRequest Request(IReadOnlyList<int> prompt, int? tokens, SamplingOptions sampling) =>
        new() { Prompt = prompt, MaxTokens = tokens, IgnoreEnd = true, Sampling = sampling with { TopLogprobs = 0 } };

    private static async Task<(List<int> Ids, GenerationResult Result)> GenerateAsync(InferenceEngine engine, GenerationRequest request)
    {
        var generation = engine.Submit(request);
        List<int> ids = [];
        await foreach (var piece in generation.ReadAllAsync(Cancellation))
        {
            ids.AddRange(piece.Tokens?.Select(token => token.Id) ?? []);
        }
        return (ids, await generation.Completion);
    }

    private static async Task<string> TextAsync(InferenceEngine engine, GenerationRequest request)
    {
        var text = new StringBuilder();
        await foreach (var piece in engine.Submit(request).ReadAllAsync(Cancellation))
        {
            text.Append(piece.Text);
        }
        return text.ToString();
    }

    private InferenceEngine Start(EngineOptions options) => new(_loaded.Model, options);
}
