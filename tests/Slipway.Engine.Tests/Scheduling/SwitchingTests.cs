using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Import;
using Slipway.Engine.Quantization;
using Slipway.Engine.Sampling;
using Slipway.Engine.Scheduling;
using Slipway.Engine.Tests.Architectures;
using Slipway.Engine.Tests.Formats;
using Slipway.Engine.Tests.Import;

namespace Slipway.Engine.Tests.Scheduling;

/// <summary>Other weights under running sequences. Other seeds stand for other formats: their texts can be told apart.</summary>
public sealed class SwitchingTests : IDisposable
{
    private const int Context = 4096;

    private readonly LoadedTestModel _first = new(TestModel.Create(seed: 1, contextLength: Context));
    private readonly LoadedTestModel _second = new(TestModel.Create(seed: 2, contextLength: Context));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public async Task A_request_after_it_has_the_new_weights_tokens_though_its_beginning_was_computed_before()
    {
        await using var engine = new InferenceEngine(_first.Model, new EngineOptions { Threads = 2 });
        await using var fresh = new InferenceEngine(_second.Model, new EngineOptions { Threads = 2 });
        var request = Request(length: 100, tokens: 30);
        var (old, _) = await GenerateAsync(engine.Submit(request));
        var (expected, _) = await GenerateAsync(fresh.Submit(request));

        await engine.SwitchAsync(_second.Model);

        var (ids, result) = await GenerateAsync(engine.Submit(request));
        Assert.NotEqual(old, ids);
        Assert.Equal(expected, ids);
        Assert.Equal(0, result.CachedTokens);
    }

    [Fact]
    public async Task A_sequence_under_way_goes_on_with_the_new_weights_and_the_old_can_be_freed()
    {
        const int All = 4000;
        using var first = new LoadedTestModel(TestModel.Create(seed: 1, contextLength: Context));
        await using var alone = new InferenceEngine(_first.Model, new EngineOptions { Threads = 2 });
        var (unswitched, _) = await GenerateAsync(alone.Submit(Request(length: 40, All)));
        await using var engine = new InferenceEngine(first.Model, new EngineOptions { Threads = 2 });
        var generation = engine.Submit(Request(length: 40, All));
        await using var pieces = generation.ReadAllAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await pieces.MoveNextAsync());
        List<int> ids = [.. Ids(pieces.Current)];

        await engine.SwitchAsync(_second.Model);
        first.Model.Dispose();

        while (await pieces.MoveNextAsync())
        {
            ids.AddRange(Ids(pieces.Current));
        }
        Assert.Equal(All, ids.Count);
        Assert.Equal(FinishReason.Length, (await generation.Completion).Reason);
        Assert.Equal(unswitched[0], ids[0]);
        Assert.NotEqual(unswitched, ids);
    }

    [Fact]
    public async Task What_a_sequence_computed_partly_before_it_is_nobody_elses_beginning()
    {
        await using var engine = new InferenceEngine(_first.Model, new EngineOptions { Threads = 2 });
        await using var fresh = new InferenceEngine(_second.Model, new EngineOptions { Threads = 2 });
        var request = Request(length: 40, tokens: 200);
        var running = engine.Submit(request);
        await using var pieces = running.ReadAllAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await pieces.MoveNextAsync());

        await engine.SwitchAsync(_second.Model);

        var beside = await GenerateAsync(engine.Submit(request));
        while (await pieces.MoveNextAsync())
        {
        }
        var after = await GenerateAsync(engine.Submit(request));
        var (expected, _) = await GenerateAsync(fresh.Submit(request));
        Assert.Equal(expected, beside.Ids);
        Assert.Equal(expected, after.Ids);
    }

    [Fact]
    public async Task Many_changes_under_many_sequences_leave_each_with_all_its_tokens()
    {
        await using var engine = new InferenceEngine(_first.Model, new EngineOptions { MaxSequences = 4, Threads = 2, KvTokens = 1024 });
        var generations = Enumerable.Range(0, 12).Select(i => GenerateAsync(engine.Submit(Request(20 + i, 150)))).ToList();

        for (var i = 0; i < 60; i++)
        {
            await engine.SwitchAsync(i % 2 == 0 ? _second.Model : _first.Model);
        }

        Assert.All(await Task.WhenAll(generations), done => Assert.Equal(150, done.Ids.Count));
        Assert.Equal(engine.Load.Blocks, engine.Load.BlocksAvailable);
    }

    [Fact]
    public async Task Weights_of_another_size_are_refused_and_the_engine_goes_on()
    {
        using var wider = new LoadedTestModel(TestModel.Create(hidden: 96, contextLength: Context));
        await using var engine = new InferenceEngine(_first.Model, new EngineOptions { Threads = 2 });

        await Assert.ThrowsAsync<ArgumentException>(() => engine.SwitchAsync(wider.Model));

        var (ids, _) = await GenerateAsync(engine.Submit(Request(5, 10)));
        Assert.Equal(10, ids.Count);
    }

    [Fact]
    public async Task An_engine_that_has_ended_takes_no_weights()
    {
        var engine = new InferenceEngine(_first.Model, new EngineOptions { Threads = 2 });
        await engine.DisposeAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => engine.SwitchAsync(_second.Model));
    }

    [Fact]
    public void Formats_of_one_model_can_go_on_with_each_other()
    {
        using var quantized = new LoadedTestModel(path => ModelQuantizer.Quantize(
            _first.Path, path, new QuantizationOptions { Type = QuantizationType.Q8_0, Threads = 2 }, null, Cancellation));
        using var folder = new ModelFolder(TestModel.Create(seed: 1, contextLength: Context));
        using var unpacked = folder.Load();

        Assert.True(_first.Model.CanGoOnWith(quantized.Model));
        Assert.True(quantized.Model.CanGoOnWith(unpacked));
        Assert.Equal(_first.Model.Name, _first.Model.WithWeightsOf(unpacked).Name);
    }

    [Fact]
    public void A_llama_of_a_folder_is_the_same_model_but_its_keys_are_laid_out_otherwise()
    {
        using var file = new LoadedTestModel(TestModel.Create("llama"));
        using var folder = new ModelFolder(TestModel.Create("llama"));
        using var unpacked = folder.Load();

        Assert.True(file.Model.IsSameAs(unpacked));
        Assert.False(file.Model.CanGoOnWith(unpacked));
    }

    [Theory]
    [InlineData(QuantizationType.Q8_0)]
    [InlineData(QuantizationType.Q4_K_M)]
    [InlineData(QuantizationType.F16)]
    public void The_bytes_that_a_format_would_take_are_told_before_it_is_made(QuantizationType type)
    {
        using var made = new TemporaryFile();
        using var source = new LoadedTestModel(TestModel.Create(hidden: 256));
        var told = WeightFacts.Read(source.Path).BytesAs(type);

        ModelQuantizer.Quantize(
            source.Path, made.Path, new QuantizationOptions { Type = type, Threads = 2, Overwrites = true }, null, Cancellation);

        Assert.Equal(WeightFacts.Read(made.Path).Bytes, told);
    }

    [Fact]
    public void Facts_of_a_folder_are_those_of_the_model_that_is_loaded()
    {
        using var folder = GptqFolder.Make(TestModel.Create(), groupSize: 32, zero: 8, version: 1, GgmlType.Q4_0);
        using var model = folder.Load();

        var facts = WeightFacts.Read(folder.Path);

        Assert.True(facts.IsGptq);
        Assert.Equal(model.Quantization, facts.Type.ToString());
        Assert.Equal(model.ParameterCount, facts.Count);
    }

    private static GenerationRequest Request(int length, int tokens) => new()
    {
        Prompt = [.. Enumerable.Range(0, length).Select(i => ((i * 31) + 40) % 250)],
        MaxTokens = tokens,
        IgnoreEnd = true,
        Sampling = SamplingOptions.Greedy with { TopLogprobs = 0 },
    };

    private static IEnumerable<int> Ids(GenerationPiece piece) => piece.Tokens?.Select(token => token.Id) ?? [];

    private static async Task<(List<int> Ids, GenerationResult Result)> GenerateAsync(Generation generation)
    {
        List<int> ids = [];
        await foreach (var piece in generation.ReadAllAsync(Cancellation))
        {
            ids.AddRange(Ids(piece));
        }
        return (ids, await generation.Completion);
    }
}
