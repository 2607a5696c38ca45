using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Sampling;
using Slipway.Engine.Scheduling;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Engine.Tests.Scheduling;

public sealed class SteadyStateTests
{
    /// <summary>The loop itself, on this thread, so that nobody else's memory is counted.</summary>
    [Fact]
    public void A_step_allocates_nothing_but_the_text_it_makes()
    {
        using var loaded = new LoadedTestModel(TestModel.Create("qwen3", GgmlType.Q8_0));
        using var loop = new EngineLoop(loaded.Model, new EngineOptions { MaxSequences = 4, Threads = 1 }, blocks: 64);
        for (var i = 0; i < 4; i++)
        {
            loop.Enqueue(Sequence(loaded.Model, loop, i));
        }
        for (var step = 0; step < 60; step++)
        {
            loop.RunStep();
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        const int Steps = 200;

        for (var step = 0; step < Steps; step++)
        {
            loop.RunStep();
        }

        // Four pieces of text a step, each a string of a character or two in a channel.
        var perStep = (GC.GetAllocatedBytesForCurrentThread() - before) / Steps;
        Assert.InRange(perStep, 0, 4 * 150);
        Assert.Equal(4, loop.Load.Running);
    }

    private static Sequence Sequence(LanguageModel model, EngineLoop loop, int salt)
    {
        var request = new GenerationRequest { Prompt = [40, 41, 42 + salt], IgnoreEnd = true, Sampling = new SamplingOptions { TopP = 0.9f } };
        return new Sequence(
            new Generation(() => { }), request, new TextOutput(model.Tokenizer, request),
            new Sampler(request.Sampling, (ulong)salt, [], null), null, loop.Cache, maxTokens: 500);
    }
}
