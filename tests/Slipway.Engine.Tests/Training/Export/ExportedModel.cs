using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Sampling;
using Slipway.Engine.Scheduling;
using Slipway.Engine.Tests.Formats;

namespace Slipway.Engine.Tests.Training.Export;

/// <summary>An export that was loaded as a user's file would be.</summary>
internal sealed class ExportedModel : IDisposable
{
    private readonly TemporaryFile _file = new();

    public ExportedModel(OpenedTestModel opened, GgmlType type)
    {
        opened.Export.WriteGguf(_file.Path, type);
        Model = LanguageModel.Load(_file.Path);
    }

    public string Path => _file.Path;

    public LanguageModel Model { get; }

    /// <summary>The most probable tokens after a prompt.</summary>
    public static async Task<int[]> GreedyAsync(LanguageModel model, int[] prompt, int count)
    {
        await using var engine = new InferenceEngine(model, new EngineOptions { MaxSequences = 1, Threads = 1 });
        var sampling = SamplingOptions.Greedy with { TopLogprobs = 0 };
        var generation = engine.Submit(new GenerationRequest { Prompt = prompt, MaxTokens = count, IgnoreEnd = true, Sampling = sampling });
        List<int> ids = [];
        await foreach (var piece in generation.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            ids.AddRange(piece.Tokens?.Select(token => token.Id) ?? []);
        }
        return [.. ids];
    }

    public void Dispose()
    {
        Model.Dispose();
        _file.Dispose();
    }
}
