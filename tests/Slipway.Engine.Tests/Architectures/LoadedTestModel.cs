using Slipway.Engine.Architectures;
using Slipway.Engine.Cache;
using Slipway.Engine.Kernels;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Tests.Architectures;

/// <summary>A <see cref="TestModel"/> written to a temporary file and loaded as a user's would be.</summary>
internal sealed class LoadedTestModel : IDisposable
{
    public LoadedTestModel(TestModel model)
        : this(model.Write)
    {
    }

    /// <param name="write">Writes the file that is loaded.</param>
    public LoadedTestModel(Action<string> write)
    {
        write(Path);
        Model = LanguageModel.Load(Path);
    }

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"slipway-{Guid.NewGuid():N}.gguf");

    public LanguageModel Model { get; }

    /// <summary>Logits after the last token of every chunk.</summary>
    public float[][] Logits(IReadOnlyList<int> tokens, KernelTier tier, int chunk, int threads = 2, KvFormat cache = KvFormat.F16) =>
        Logits(Model, tokens, tier, chunk, threads, cache);

    /// <summary>Of any model.</summary>
    public static unsafe float[][] Logits(
        LanguageModel model, IReadOnlyList<int> tokens, KernelTier tier, int chunk, int threads = 2, KvFormat cache = KvFormat.F16)
    {
        var (transformer, blocks) = (model.Transformer, (tokens.Count / KvPool.BlockTokens) + 1);
        var shape = transformer.Shape;
        using var pool = new KvPool(cache, blocks, shape.Layers, shape.KeyHeads, shape.HeadLength);
        using var team = new WorkerTeam(threads);
        using var pass = new ForwardPass(transformer, pool, team, tier, chunk, 1);
        var step = new Step(chunk, 1, 1);
        int[] table = [.. Enumerable.Range(0, blocks).Reverse()]; // Not in order: blocks lie where there was room.
        List<float[]> logits = [];
        foreach (var part in tokens.Chunk(chunk))
        {
            step.Clear();
            step.Add(part, logits.Count * chunk, table, outputs: 1);
            transformer.Forward(step, pass);
            logits.Add(new ReadOnlySpan<float>(pass.Logits, transformer.Vocabulary).ToArray());
        }
        return [.. logits];
    }

    public void Dispose()
    {
        Model.Dispose();
        File.Delete(Path);
    }
}
