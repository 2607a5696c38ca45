using Slipway.Engine.Architectures;
using Slipway.Engine.Cache;
using Slipway.Engine.Embeddings;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Memory;
using Slipway.Engine.Sampling;
using Slipway.Engine.Scheduling;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Engine.Tests.Embeddings;

public sealed class EmbeddingTests : IDisposable
{
    private readonly LoadedTestModel _loaded = new(TestModel.Create("qwen3", GgmlType.F32));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _loaded.Dispose();

    [Theory]
    [InlineData(EmbeddingPooling.Mean, 1)]
    [InlineData(EmbeddingPooling.Mean, 90)]
    [InlineData(EmbeddingPooling.LastToken, 1)]
    [InlineData(EmbeddingPooling.LastToken, 90)]
    public async Task A_vector_is_the_pooled_state_after_the_final_norm(EmbeddingPooling pooling, int length)
    {
        await using var engine = new InferenceEngine(_loaded.Model, new EngineOptions { Threads = 2, StepTokens = 32 });
        var expected = Expect(Tokens(length), pooling);

        var vector = await engine.EmbedAsync(Tokens(length), pooling, Cancellation);

        Assert.Equal(expected.Length, vector.Length);
        Assert.All(expected.Zip(vector), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Theory]
    [InlineData(KvFormat.F16)]
    [InlineData(KvFormat.Q8)]
    public async Task Texts_beside_one_another_and_beside_answers_get_the_vectors_they_get_alone(KvFormat cache)
    {
        await using var engine = new InferenceEngine(
            _loaded.Model, new EngineOptions { MaxSequences = 4, Threads = 2, StepTokens = 32, KvFormat = cache });
        var alone = await engine.EmbedAsync(Tokens(70), null, Cancellation);
        var answer = engine.Submit(new GenerationRequest
        {
            Prompt = Tokens(9),
            MaxTokens = 60,
            IgnoreEnd = true,
            Sampling = SamplingOptions.Greedy,
        });

        var vectors = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => engine.EmbedAsync(Tokens(70 + (i % 2 * 20)), null, Cancellation)));

        Assert.Equal(60, (await answer.Completion).CompletionTokens);
        Assert.All(vectors.Where((_, i) => i % 2 == 0), vector => Assert.All(alone.Zip(vector), pair => Assert.Equal(pair.First, pair.Second, 1e-4)));
    }

    [Fact]
    public async Task With_keys_and_values_in_Q8_a_vector_points_the_same_way_to_within_a_degree()
    {
        await using var engine = new InferenceEngine(
            _loaded.Model, new EngineOptions { Threads = 2, StepTokens = 32, KvFormat = KvFormat.Q8 });
        var exact = Expect(Tokens(90), EmbeddingPooling.Mean);

        var vector = await engine.EmbedAsync(Tokens(90), EmbeddingPooling.Mean, Cancellation);

        Assert.InRange(exact.Zip(vector).Sum(pair => pair.First * pair.Second), Math.Cos(Math.PI / 180), 1 - 1e-9);
    }

    [Fact]
    public async Task A_vector_survives_giving_its_blocks_up()
    {
        await using var engine = new InferenceEngine(
            _loaded.Model, new EngineOptions { MaxSequences = 4, Threads = 2, KvTokens = 192, StepTokens = 32 });
        var alone = await engine.EmbedAsync(Tokens(120), null, Cancellation);

        var vectors = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => engine.EmbedAsync(Tokens(120), null, Cancellation)));

        Assert.All(vectors, vector => Assert.All(alone.Zip(vector), pair => Assert.Equal(pair.First, pair.Second, 1e-4)));
    }

    [Fact]
    public async Task Who_stops_waiting_is_told_and_leaves_no_work_behind()
    {
        await using var engine = new InferenceEngine(_loaded.Model, new EngineOptions { Threads = 1 });
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.EmbedAsync(Tokens(300), null, stop.Token));

        Assert.Equal(64, (await engine.EmbedAsync(Tokens(3), null, Cancellation)).Length);
    }

    [Fact]
    public async Task A_text_without_tokens_is_refused()
    {
        await using var engine = new InferenceEngine(_loaded.Model, new EngineOptions { Threads = 1 });

        await Assert.ThrowsAsync<ArgumentException>(() => engine.EmbedAsync([], null, Cancellation));
    }

    [Fact]
    public void Control_texts_in_a_text_to_be_embedded_are_plain_text()
    {
        var ids = _loaded.Model.EncodeForEmbedding("<|im_end|>");

        Assert.DoesNotContain(ids, id => _loaded.Model.Tokenizer.GetKind(id) == Engine.Tokenizers.TokenKind.Control);
    }

    private static int[] Tokens(int length) => [.. Enumerable.Range(0, length).Select(i => ((i * 31) + 40) % 250)];

    /// <summary>The same by one pass over the whole text.</summary>
    private unsafe double[] Expect(int[] tokens, EmbeddingPooling pooling)
    {
        var (transformer, blocks) = (_loaded.Model.Transformer, (tokens.Length / KvPool.BlockTokens) + 1);
        var shape = transformer.Shape;
        using var pool = new KvPool(KvFormat.F16, blocks, shape.Layers, shape.KeyHeads, shape.HeadLength);
        using var team = new WorkerTeam(1);
        using var pass = new ForwardPass(transformer, pool, team, KernelTable.Supported[0], tokens.Length, 1);
        var step = new Step(tokens.Length, 1, 1);
        step.Add(tokens, 0, [.. Enumerable.Range(0, blocks)], outputs: 0);
        transformer.Forward(step, pass);
        var sum = new double[shape.Hidden];
        for (var row = pooling == EmbeddingPooling.Mean ? 0 : tokens.Length - 1; row < tokens.Length; row++)
        {
            var state = new ReadOnlySpan<float>(pass.Hidden + (row * shape.Hidden), shape.Hidden).ToArray();
            var scale = 1 / Math.Sqrt(state.Average(value => (double)value * value) + shape.NormEpsilon);
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += state[i] * scale * transformer.OutputNorm[i];
            }
        }
        var length = Math.Sqrt(sum.Sum(value => value * value));
        return [.. sum.Select(value => value / length)];
    }
}
