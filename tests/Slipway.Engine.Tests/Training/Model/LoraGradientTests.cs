using Slipway.Engine.Kernels;
using Slipway.Engine.Tests.Training.Reference;
using Slipway.Engine.Training;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Tests.Training.Model;

public sealed class LoraGradientTests
{
    private const double Tolerance = 2e-5;

    public static TheoryData<KernelTier> Tiers => new(KernelTable.Supported);

    [Theory]
    [MemberData(nameof(Tiers))]
    public void Every_gradient_of_the_additions_agrees_with_the_reference(KernelTier tier)
    {
        using var rig = new TrainingRig(TinyTraining.Shape(headLength: 16), tiesOutput: false, tier, lora: new LoraOptions { Rank = 3, Alpha = 5 });

        rig.AssertGradients(TinyTraining.Batch(1, 9, 2, 30, 5), Tolerance);

        Assert.Equal(2 * 7 * 2, rig.Model.Trained.Count); // Two matrices for each of seven in each of two layers.
    }

    [Fact]
    public void Gradients_of_the_additions_agree_with_finite_differences()
    {
        using var rig = new TrainingRig(TinyTraining.Shape(feedForward: 32), lora: new LoraOptions { Rank = 2 });
        var batch = TinyTraining.Batch(2, 5, 2, 6);

        _ = rig.Pass.ForwardBackward(batch, scale: 1);

        foreach (var parameter in rig.Model.Adapters)
        {
            var gradient = TrainingRig.Gradient(parameter);
            var slopes = Enumerable.Range(0, gradient.Length).Select(index => rig.Reference.Slope(batch, parameter.Name, index)).ToArray();
            Assert.True(GradientError.Norm(slopes) > 1e-3, $"{parameter.Name} has no slope to compare with.");
            Assert.True(GradientError.Relative(gradient, slopes) < Tolerance, $"{parameter.Name}: {GradientError.Relative(gradient, slopes):E1}");
        }
    }

    [Fact]
    public void The_base_model_stays_frozen()
    {
        using var rig = new TrainingRig(TinyTraining.Shape(), lora: new LoraOptions { Rank = 2 });
        using var optimizer = new AdamW(rig.Model.Trained, rig.Team, new TrainingOptions { Datasets = [], OutputDirectory = "" });
        var before = rig.Model.Parameters.Select(TrainingRig.Value).ToArray();

        _ = rig.Pass.ForwardBackward(TinyTraining.Batch(3, 9, 4), scale: 1);
        _ = optimizer.Step(1, learningRate: 0.1);

        Assert.All(rig.Model.Parameters, parameter => Assert.False(parameter.Trains));
        Assert.Equal(before, rig.Model.Parameters.Select(TrainingRig.Value));
        Assert.All(rig.Model.Adapters, parameter => Assert.NotEqual(rig.Reference.Parameters[parameter.Name].Value, TrainingRig.Value(parameter)));
    }

    [Fact]
    public void Only_the_matrices_that_were_named_get_additions()
    {
        var options = new LoraOptions { Rank = 4, Targets = ["q_proj", "down_proj"] };
        using var rig = new TrainingRig(TinyTraining.Shape(layers: 1), lora: options);

        rig.AssertGradients(TinyTraining.Batch(4, 20), Tolerance);

        Assert.Equal(
            ["blk.0.attn_q.weight.lora_a", "blk.0.attn_q.weight.lora_b", "blk.0.ffn_down.weight.lora_a", "blk.0.ffn_down.weight.lora_b"],
            rig.Model.Adapters.Select(parameter => parameter.Name));
    }

    [Fact]
    public void New_additions_leave_the_model_as_it_was()
    {
        using var rig = new TrainingRig(TinyTraining.Shape());
        var batch = TinyTraining.Batch(5, 12);
        var before = rig.Pass.Forward(batch);

        rig.Model.AddLora(new LoraOptions(), seed: 1);

        using var pass = new TrainingPass(rig.Model, rig.Team, KernelTable.Supported[0], maxRows: 12, bfloat16: false);
        Assert.Equal(before, pass.Forward(batch));
        Assert.All(rig.Model.Adapters, parameter => Assert.Equal(
            parameter.Name.EndsWith("lora_a", StringComparison.Ordinal), TrainingRig.Value(parameter).Any(value => value != 0)));
    }
}
