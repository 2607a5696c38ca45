using Slipway.Engine.Memory;
using Slipway.Engine.Tests.Training.Model;
using Slipway.Engine.Tests.Training.Reference;
using Slipway.Engine.Training;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Tests.Training;

/// <summary>The optimizer by itself, on gradients that are given.</summary>
public sealed unsafe class AdamWTests : IDisposable
{
    private const double Rate = 0.01;
    private readonly WorkerTeam _team = new(2);

    /// <summary>A norm weight, a matrix, one too long for one part of the work, one value by itself.</summary>
    private readonly Parameter[] _parameters =
    [
        new("norm", 1, 33, isVector: true), new("matrix", 7, 19, isVector: false),
        new("large", 257, 300, isVector: false), new("single", 1, 1, isVector: true),
    ];

    public AdamWTests()
    {
        foreach (var parameter in _parameters)
        {
            parameter.Unfreeze();
        }
        TinyTraining.Fill(_parameters, seed: 1);
    }

    [Theory]
    [InlineData(0.9, 0.999, 1e-8, 0.0, 0.0)]
    [InlineData(0.9, 0.95, 1e-8, 0.1, 1.0)]
    [InlineData(0.8, 0.99, 1e-3, 0.5, 1.0)] // ε of the size of a clipped gradient: here the clipping itself shows.
    [InlineData(0.0, 0.0, 1e-8, 0.0, 1000.0)]
    public void Twenty_steps_go_where_the_reference_goes(double beta1, double beta2, double epsilon, double decay, double maxNorm)
    {
        using var optimizer = new AdamW(_parameters, _team, Options(beta1, beta2, epsilon, decay, maxNorm));
        var reference = new ReferenceAdamW(beta1, beta2, epsilon, decay);
        var mirrors = _parameters.Select(Mirror).ToArray();
        var random = new Random(2);
        for (var step = 1; step <= 20; step++)
        {
            DrawGradients(random, mirrors, magnitude: step % 3 == 0 ? 1e-3 : 1);

            var norm = optimizer.Step(step, Rate / step);
            var expectedNorm = reference.Step(mirrors, step, Rate / step, maxNorm);

            Assert.Equal(1, norm / expectedNorm, 1e-6);
            for (var i = 0; i < mirrors.Length; i++)
            {
                var largest = TrainingRig.Value(_parameters[i]).Zip(mirrors[i].Value, (a, e) => Math.Abs(a - e)).Max();
                Assert.True(largest < 2e-6, $"{_parameters[i].Name} is {largest:E1} off after step {step}."); // Singles near 2 round by 1.2e-7.
            }
        }
    }

    [Fact]
    public void The_first_step_moves_every_weight_by_the_learning_rate()
    {
        using var optimizer = new AdamW(_parameters, _team, Options(0.9, 0.999, 1e-15, 0, 0));
        var before = TrainingRig.Value(_parameters[2]);
        DrawGradients(new Random(3), [.. _parameters.Select(Mirror)], magnitude: 1);
        var gradient = TrainingRig.Gradient(_parameters[2]);

        _ = optimizer.Step(1, Rate);

        var after = TrainingRig.Value(_parameters[2]);
        Assert.All(Enumerable.Range(0, after.Length), i => Assert.Equal(-Math.Sign(gradient[i]) * Rate, after[i] - before[i], 3e-7));
    }

    [Fact]
    public void Without_a_gradient_matrices_shrink_and_norm_weights_stay()
    {
        using var optimizer = new AdamW(_parameters, _team, Options(0.9, 0.999, 1e-8, 0.5, 1));
        var before = _parameters.Select(TrainingRig.Value).ToArray();

        var norm = optimizer.Step(1, Rate);

        Assert.Equal(0, norm);
        Assert.Equal(before[0], TrainingRig.Value(_parameters[0]));
        Assert.All(before[1].Zip(TrainingRig.Value(_parameters[1])), pair => Assert.Equal(pair.First * (1 - (Rate * 0.5)), pair.Second, 1e-7));
    }

    [Fact]
    public void A_step_leaves_no_gradient_behind()
    {
        using var optimizer = new AdamW(_parameters, _team, Options(0.9, 0.999, 1e-8, 0, 1));
        DrawGradients(new Random(4), [.. _parameters.Select(Mirror)], magnitude: 1);

        _ = optimizer.Step(1, Rate);

        Assert.All(_parameters, parameter => Assert.Equal(0, GradientError.Norm(TrainingRig.Gradient(parameter))));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_gradient_that_is_no_number_moves_nothing_and_is_told(float value)
    {
        using var optimizer = new AdamW(_parameters, _team, Options(0.9, 0.999, 1e-8, 0.1, 1));
        var before = _parameters.Select(TrainingRig.Value).ToArray();
        DrawGradients(new Random(5), [.. _parameters.Select(Mirror)], magnitude: 1);
        _parameters[2].Gradient[70_000] = value;

        var norm = optimizer.Step(1, Rate);

        Assert.False(double.IsFinite(norm));
        Assert.Equal(before, _parameters.Select(TrainingRig.Value));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_number_of_threads_changes_no_bit(int threads)
    {
        var expected = Train(_team);
        using var team = new WorkerTeam(threads);

        var actual = Train(team);

        Assert.Equal(expected, actual);
    }

    public void Dispose()
    {
        _team.Dispose();
        Array.ForEach(_parameters, parameter => parameter.Dispose());
    }

    private double[][] Train(WorkerTeam team)
    {
        TinyTraining.Fill(_parameters, seed: 6);
        using var optimizer = new AdamW(_parameters, team, Options(0.9, 0.99, 1e-8, 0.1, 1));
        var (random, mirrors) = (new Random(7), _parameters.Select(Mirror).ToArray());
        for (var step = 1; step <= 5; step++)
        {
            DrawGradients(random, mirrors, magnitude: 1);
            _ = optimizer.Step(step, Rate);
        }
        return [.. _parameters.Select(TrainingRig.Value)];
    }

    private void DrawGradients(Random random, ReferenceMatrix[] mirrors, double magnitude)
    {
        for (var i = 0; i < mirrors.Length; i++)
        {
            for (var j = 0; j < mirrors[i].Value.Length; j++)
            {
                var gradient = (float)(((random.NextDouble() * 2) - 1) * magnitude);
                _parameters[i].Gradient[j] = gradient;
                mirrors[i].Gradient[j] = gradient;
            }
        }
    }

    private static ReferenceMatrix Mirror(Parameter parameter)
    {
        var mirror = new ReferenceMatrix(parameter.Rows, parameter.Columns);
        TrainingRig.Value(parameter).CopyTo(mirror.Value, 0);
        return mirror;
    }

    private static TrainingOptions Options(double beta1, double beta2, double epsilon, double decay, double maxNorm) => new()
    {
        Datasets = [],
        OutputDirectory = "",
        Beta1 = beta1,
        Beta2 = beta2,
        Epsilon = epsilon,
        WeightDecay = decay,
        MaxGradientNorm = maxNorm,
    };
}
