using System.Diagnostics;
using Slipway.Engine.Architectures;
using Slipway.Engine.Kernels;
using Slipway.Engine.Memory;
using Slipway.Engine.Training.Data;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Training;

/// <summary>Measures whole training steps of a random model: forward, backward, clipping, AdamW.</summary>
public static class TrainingSpeed
{
    /// <summary>Tokens per second, the median over the rounds after one that is not counted.</summary>
    /// <param name="model">The size; its tokenizer is not read.</param>
    /// <param name="vocabulary">Tokens of the vocabulary.</param>
    /// <param name="examples">Examples in a step.</param>
    /// <param name="length">Tokens of each; all but the first are learned.</param>
    /// <param name="threads">Threads that compute.</param>
    /// <param name="rounds">Steps that are timed.</param>
    public static TrainingSpeedResult Measure(NewModelOptions model, int vocabulary, int examples, int length, int threads, int rounds)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var trainable = TrainableModel.Create(ModelShape.Of(model), vocabulary, tiesOutput: true);
        trainable.Initialize(model.InitializerRange, seed: 1);
        trainable.UnfreezeAll();
        using var team = new WorkerTeam(threads);
        using var pass = new TrainingPass(trainable, team, KernelTable.Choose(), examples * length, bfloat16: false);
        using var optimizer = new AdamW(trainable.Trained, team, new TrainingOptions { Datasets = [], OutputDirectory = "" });
        var random = new SeededRandom(7);
        var batch = new TrainingBatch([.. Enumerable.Range(0, examples).Select(_ => RandomExample(random, vocabulary, length))]);
        List<double> seconds = [];
        for (var step = 1; step <= rounds + 1; step++)
        {
            var started = Stopwatch.GetTimestamp();
            _ = pass.ForwardBackward(batch, 1f / batch.TargetCount);
            _ = optimizer.Step(step, 1e-4);
            seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        var median = seconds.Skip(1).Order().ElementAt(rounds / 2);
        return new TrainingSpeedResult(trainable.Parameters.Sum(parameter => parameter.Length), batch.Rows / median, FlopsPerToken(trainable, length));
    }

    /// <summary>Six per weight of a matrix (two forward, four backward), and attention's own products: 12·layers·queries·length/2.</summary>
    private static double FlopsPerToken(TrainableModel model, int length) =>
        (6.0 * model.Parameters.Where(parameter => !parameter.IsVector).Sum(parameter => parameter.Length))
        + (6.0 * model.Shape.Layers * model.Shape.QueryLength * length);

    private static EncodedExample RandomExample(SeededRandom random, int vocabulary, int length) => new(
        [.. Enumerable.Range(0, length).Select(_ => (int)(random.Next() % (ulong)vocabulary))],
        [.. Enumerable.Range(0, length).Select(i => i > 0)]);
}

/// <summary>How fast a model trains here.</summary>
/// <param name="Parameters">Weights.</param>
/// <param name="TokensPerSecond">Whole steps.</param>
/// <param name="FlopsPerToken">Floating-point operations that a token needs, multiplications and additions apart.</param>
public sealed record TrainingSpeedResult(long Parameters, double TokensPerSecond, double FlopsPerToken);
