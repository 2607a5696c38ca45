using Slipway.Engine.Kernels;
using Slipway.Engine.Tests.Training.Reference;

namespace Slipway.Engine.Tests.Training.Model;

/// <summary>With matrices rounded to bfloat16, the gradient is that of the model with those matrices; the master copy keeps its digits.</summary>
public sealed class BFloat16GradientTests
{
    public static TheoryData<KernelTier> Tiers => new(KernelTable.Supported);

    [Theory]
    [MemberData(nameof(Tiers))]
    public void Gradients_are_those_of_the_rounded_model(KernelTier tier)
    {
        using var rig = new TrainingRig(TinyTraining.Shape(), tier: tier, bfloat16: true);
        Round(rig.Reference);

        rig.AssertGradients(TinyTraining.Batch(1, 9, 2, 14, 5), tolerance: 2e-5);
    }

    [Fact]
    public void The_master_copy_is_not_rounded()
    {
        using var rig = new TrainingRig(TinyTraining.Shape(), bfloat16: true);

        _ = rig.Pass.ForwardBackward(TinyTraining.Batch(2, 9), scale: 1);

        Assert.All(rig.Model.Parameters, parameter => Assert.Equal(rig.Reference.Parameters[parameter.Name].Value, TrainingRig.Value(parameter)));
    }

    [Fact]
    public void Weights_that_moved_are_rounded_anew()
    {
        using var rig = new TrainingRig(TinyTraining.Shape(), bfloat16: true);
        var batch = TinyTraining.Batch(3, 9);
        _ = rig.Pass.Forward(batch);
        TinyTraining.Fill(rig.Model.Parameters, seed: 99);
        var moved = ReferenceTraining.CopyOf(rig.Model.Shape, rig.Model.Parameters);
        Round(moved);

        rig.Pass.WeightsChanged();

        Assert.Equal(1, rig.Pass.Forward(batch) / moved.Loss(batch), 1e-5);
    }

    /// <summary>To the nearest number with eight significant bits, to the even one of two that are as near.</summary>
    private static void Round(ReferenceTraining reference)
    {
        foreach (var matrix in reference.Parameters.Values.Where(parameter => parameter.Rows > 1))
        {
            for (var i = 0; i < matrix.Value.Length; i++)
            {
                var unit = Math.ScaleB(1, Math.ILogB(matrix.Value[i]) - 7);
                matrix.Value[i] = Math.Round(matrix.Value[i] / unit, MidpointRounding.ToEven) * unit;
            }
        }
    }
}
