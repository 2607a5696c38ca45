using Slipway.Engine.Tests.Training.Model;
using Slipway.Engine.Tests.Training.Reference;
using Slipway.Engine.Training;
using Slipway.Engine.Training.Data;

namespace Slipway.Engine.Tests.Training;

/// <summary>Forward, backward, clipping and the optimizer together: weights after whole steps.</summary>
public sealed class TrainingStepTests
{
    private const double Rate = 0.01;

    /// <summary>ε of the size of a gradient: without it a weight whose gradient is nearly zero would move by the rounding's sign.</summary>
    private static readonly TrainingOptions Options = new()
    {
        Datasets = [],
        OutputDirectory = "",
        Epsilon = 0.01,
        WeightDecay = 0.1,
        MaxGradientNorm = 1,
    };

    [Fact]
    public void A_step_lands_where_finite_differences_in_double_precision_lead()
    {
        using var rig = new TrainingRig(TinyTraining.Shape(layers: 2, feedForward: 32));
        using var optimizer = new AdamW(rig.Model.Trained, rig.Team, Options);
        var batch = TinyTraining.Batch(1, 4, 5);

        _ = rig.Pass.ForwardBackward(batch, 1f / batch.TargetCount);
        var norm = optimizer.Step(1, Rate);

        FillWithSlopes(rig.Reference, batch);
        var expectedNorm = Step(rig.Reference, Adam(), 1);
        Assert.Equal(1, norm / expectedNorm, 1e-5);
        Assert.True(expectedNorm > 1, "Nothing was clipped.");
        AssertWeights(rig, tolerance: 1e-5);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Steps_in_a_row_stay_with_the_reference(bool tiesOutput)
    {
        using var rig = new TrainingRig(TinyTraining.Shape(layers: 3), tiesOutput);
        using var optimizer = new AdamW(rig.Model.Trained, rig.Team, Options);
        var adam = Adam();

        for (var step = 1; step <= 3; step++)
        {
            var batch = TinyTraining.Batch(step, 9, 21, 4);
            _ = rig.Pass.ForwardBackward(batch, 1f / batch.TargetCount);
            _ = optimizer.Step(step, Rate);
            rig.Pass.WeightsChanged();

            rig.Reference.ClearGradients();
            _ = rig.Reference.Differentiate(batch);
            Divide(rig.Reference, batch.TargetCount);
            _ = Step(rig.Reference, adam, step);

            AssertWeights(rig, tolerance: step * 1e-5);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_number_of_threads_changes_no_bit(int threads)
    {
        var expected = Train(threads: 2);

        var actual = Train(threads);

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void The_same_seed_makes_the_same_weights_and_another_seed_others()
    {
        var first = Train(threads: 2);

        Assert.Equal(first, Train(threads: 2));
        Assert.NotEqual(first, Train(threads: 2, seed: 43));
    }

    [Fact]
    public void Two_batches_accumulated_are_one_batch_of_both()
    {
        EncodedExample[] examples = [TinyTraining.Example(1, 9), TinyTraining.Example(2, 17), TinyTraining.Example(3, 5)];
        using var together = new TrainingRig(TinyTraining.Shape());
        using var apart = new TrainingRig(TinyTraining.Shape());

        var loss = together.Pass.ForwardBackward(new TrainingBatch(examples), scale: 1);
        var sum = apart.Pass.ForwardBackward(new TrainingBatch(examples[..1]), scale: 1);
        sum += apart.Pass.ForwardBackward(new TrainingBatch(examples[1..]), scale: 1);

        Assert.Equal(1, sum / loss, 1e-6);
        Assert.All(together.Model.Parameters, parameter => Assert.True(
            GradientError.Relative(TrainingRig.Gradient(apart.Model[parameter.Name]), TrainingRig.Gradient(parameter)) < 1e-5));
    }

    [Fact]
    public void Cleared_gradients_begin_at_nothing()
    {
        using var rig = new TrainingRig(TinyTraining.Shape());
        _ = rig.Pass.ForwardBackward(TinyTraining.Batch(4, 30, 8), scale: 1);

        rig.Pass.ClearGradients();

        rig.AssertGradients(TinyTraining.Batch(5, 9, 14), tolerance: 2e-5);
    }

    [Fact]
    public void A_model_learns_what_it_sees_again_and_again()
    {
        using var rig = new TrainingRig(TinyTraining.Shape());
        using var optimizer = new AdamW(rig.Model.Trained, rig.Team, Options with { Epsilon = 1e-8, WeightDecay = 0 });
        rig.Model.Initialize(0.02, seed: 1);
        var batch = TinyTraining.Batch(6, 12, 12);
        var before = rig.Pass.Forward(batch) / batch.TargetCount;

        for (var step = 1; step <= 80; step++)
        {
            _ = rig.Pass.ForwardBackward(batch, 1f / batch.TargetCount);
            _ = optimizer.Step(step, Rate);
            rig.Pass.WeightsChanged();
        }

        Assert.Equal(Math.Log(TinyTraining.Vocabulary), before, 0.1); // It knows nothing yet.
        Assert.InRange(rig.Pass.Forward(batch) / batch.TargetCount, 0, 0.1);
    }

    private static double[][] Train(int threads, long seed = 42)
    {
        using var rig = new TrainingRig(TinyTraining.Shape(), threads: threads, maxRows: 300);
        using var optimizer = new AdamW(rig.Model.Trained, rig.Team, Options);
        rig.Model.Initialize(0.05, seed);
        for (var step = 1; step <= 5; step++)
        {
            _ = rig.Pass.ForwardBackward(TinyTraining.Batch(step, 90, 140, 30, 7), scale: 0.01f);
            _ = optimizer.Step(step, Rate);
            rig.Pass.WeightsChanged();
        }
        return [.. rig.Model.Parameters.Select(TrainingRig.Value)];
    }

    private static ReferenceAdamW Adam() => new(Options.Beta1, Options.Beta2, Options.Epsilon, Options.WeightDecay);

    private static double Step(ReferenceTraining reference, ReferenceAdamW adam, int step) =>
        adam.Step([.. reference.Parameters.Values], step, Rate, Options.MaxGradientNorm);

    private static void FillWithSlopes(ReferenceTraining reference, TrainingBatch batch)
    {
        foreach (var (name, parameter) in reference.Parameters)
        {
            for (var i = 0; i < parameter.Value.Length; i++)
            {
                parameter.Gradient[i] = reference.Slope(batch, name, i) / batch.TargetCount;
            }
        }
    }

    private static void Divide(ReferenceTraining reference, int count)
    {
        foreach (var gradient in reference.Parameters.Values.Select(parameter => parameter.Gradient))
        {
            for (var i = 0; i < gradient.Length; i++)
            {
                gradient[i] /= count;
            }
        }
    }

    /// <summary>No weight is further from the reference than a part of the learning rate, or than what a single rounds away.</summary>
    private static void AssertWeights(TrainingRig rig, double tolerance)
    {
        foreach (var parameter in rig.Model.Parameters)
        {
            var expected = rig.Reference.Parameters[parameter.Name].Value;
            var actual = TrainingRig.Value(parameter);
            var worst = Enumerable.Range(0, actual.Length).Max(i => Math.Abs(actual[i] - expected[i]) - (1e-7 * Math.Abs(expected[i])));
            Assert.True(worst < tolerance * Rate, $"{parameter.Name} is {worst / Rate:E1} of a step off.");
        }
    }
}
