using Slipway.Engine.Architectures;
using Slipway.Engine.Kernels;
using Slipway.Engine.Tests.Training.Reference;
using Slipway.Engine.Training.Data;

namespace Slipway.Engine.Tests.Training.Model;

/// <summary>
/// Every gradient of every parameter against the double-precision reference, and once against finite differences without
/// anything between. What singles round away is about 1e-6 of a gradient; a wrong term is no less than 1e-3.
/// </summary>
public sealed class GradientTests
{
    private const double Tolerance = 2e-5;

    /// <summary>Shapes that differ in what may be confused: heads and their groups, head length and hidden size, both outputs.</summary>
    private static readonly Dictionary<string, (ModelShape Shape, bool TiesOutput)> Shapes = new()
    {
        ["two heads share a key"] = (TinyTraining.Shape(), true),
        ["queries wider than the hidden state"] = (TinyTraining.Shape(layers: 3, headLength: 16), false),
        ["all heads share one key"] = (TinyTraining.Shape(keyHeads: 1, headLength: 24), true),
        ["every head has its key"] = (TinyTraining.Shape(keyHeads: 4), false),
        ["widths over two tiles"] = (TinyTraining.Shape(layers: 1, heads: 6, keyHeads: 3, headLength: 16, feedForward: 288, hidden: 96), true),
    };

    public static MatrixTheoryData<string, KernelTier> ShapesOnTiers => new(Shapes.Keys, KernelTable.Supported);

    public static MatrixTheoryData<int, KernelTier> RowsOnTiers =>
        new([3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129], KernelTable.Supported);

    public static TheoryData<KernelTier> Tiers => new(KernelTable.Supported);

    [Theory]
    [MemberData(nameof(ShapesOnTiers))]
    public void Every_gradient_agrees_with_the_reference(string name, KernelTier tier)
    {
        var (shape, tiesOutput) = Shapes[name];
        using var rig = new TrainingRig(shape, tiesOutput, tier);

        rig.AssertGradients(TinyTraining.Batch(1, 9, 2, 14, 5), Tolerance);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_gradient_agrees_with_finite_differences_in_every_layer(bool tiesOutput)
    {
        using var rig = new TrainingRig(TinyTraining.Shape(feedForward: 32), tiesOutput);
        var batch = TinyTraining.Batch(2, 5, 2, 6);

        _ = rig.Pass.ForwardBackward(batch, scale: 1);

        foreach (var parameter in rig.Model.Parameters)
        {
            var gradient = TrainingRig.Gradient(parameter);
            var indices = GradientError.Sample(gradient.Length, atMost: 200, seed: 3);
            var slopes = Array.ConvertAll(indices, index => rig.Reference.Slope(batch, parameter.Name, index));
            var error = GradientError.Relative(Array.ConvertAll(indices, index => gradient[index]), slopes);
            Assert.True(GradientError.Norm(slopes) > 1e-3, $"{parameter.Name} has no slope to compare with.");
            Assert.True(error < Tolerance, $"{parameter.Name} is {error:E1} away from its slope.");
        }
    }

    [Theory]
    [MemberData(nameof(RowsOnTiers))]
    public void Any_number_of_rows_fits_in_one_segment_or_in_several(int rows, KernelTier tier)
    {
        using var rig = new TrainingRig(TinyTraining.Shape(layers: 1, feedForward: 32), tier: tier, maxRows: rows);
        var third = rows / 3;

        rig.AssertGradients(TinyTraining.Batch(rows, rows), Tolerance);
        rig.Pass.ClearGradients();
        rig.Reference.ClearGradients();
        if (third >= 2)
        {
            rig.AssertGradients(TinyTraining.Batch(rows + 1, third, rows - third), Tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public void Long_segments_attend_to_everything_before(KernelTier tier)
    {
        using var rig = new TrainingRig(TinyTraining.Shape(layers: 1, headLength: 16, feedForward: 32), tier: tier, maxRows: 500);

        rig.AssertGradients(TinyTraining.Batch(4, 321, 71, 3, 70), Tolerance);
    }

    [Fact]
    public void A_segment_of_two_tokens_teaches_everything_but_what_to_attend_to()
    {
        using var rig = new TrainingRig(TinyTraining.Shape());

        rig.AssertGradients(TinyTraining.Batch(5, 2), Tolerance, mayVanish: name =>
            name.Contains("attn_q", StringComparison.Ordinal) || name.Contains("attn_k", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(6)]
    [InlineData(70)]
    public void One_target_at_the_end_teaches_everything_before_it(int length)
    {
        using var rig = new TrainingRig(TinyTraining.Shape());
        var tokens = TinyTraining.Example(6, length).Tokens;
        var learned = new bool[length];
        learned[^1] = true;

        rig.AssertGradients(new TrainingBatch([new EncodedExample(tokens, learned)]), Tolerance);
    }

    [Fact]
    public void What_nobody_learns_from_changes_no_gradient()
    {
        using var rig = new TrainingRig(TinyTraining.Shape());
        var taught = TinyTraining.Example(7, 9);
        var silent = new EncodedExample(TinyTraining.Example(8, 12).Tokens, new bool[12]);
        _ = rig.Reference.Differentiate(new TrainingBatch([taught]));

        _ = rig.Pass.ForwardBackward(new TrainingBatch([silent, taught, silent]), scale: 1);

        Assert.All(rig.Model.Parameters, parameter => Assert.True(
            GradientError.Relative(TrainingRig.Gradient(parameter), rig.Reference.Parameters[parameter.Name].Gradient) < Tolerance));
    }

    [Fact]
    public void A_batch_without_targets_costs_nothing_and_moves_nothing()
    {
        using var rig = new TrainingRig(TinyTraining.Shape());
        var silent = new EncodedExample(TinyTraining.Example(8, 12).Tokens, new bool[12]);

        var loss = rig.Pass.ForwardBackward(new TrainingBatch([silent]), scale: 1);

        Assert.Equal(0, loss);
        Assert.All(rig.Model.Parameters, parameter => Assert.Equal(0, GradientError.Norm(TrainingRig.Gradient(parameter))));
    }

    [Fact]
    public void A_vocabulary_too_large_for_all_logits_at_once_is_taken_in_parts()
    {
        const int Vocabulary = 50_021; // 83 rows of logits fill the loss's buffer of 4 Mi values.
        using var rig = new TrainingRig(TinyTraining.Shape(layers: 1, feedForward: 32), vocabulary: Vocabulary, maxRows: 180);

        rig.AssertGradients(new TrainingBatch([TinyTraining.Example(9, 60, Vocabulary), TinyTraining.Example(10, 110, Vocabulary)]), Tolerance);
    }

    [Fact]
    public void Forward_gives_the_loss_of_both_and_touches_no_gradient()
    {
        using var rig = new TrainingRig(TinyTraining.Shape());
        var batch = TinyTraining.Batch(12, 20, 3, 9);

        var alone = rig.Pass.Forward(batch);

        Assert.All(rig.Model.Parameters, parameter => Assert.Equal(0, GradientError.Norm(TrainingRig.Gradient(parameter))));
        Assert.Equal(1, alone / rig.Reference.Loss(batch), 1e-6);
        Assert.Equal(alone, rig.Pass.ForwardBackward(batch, scale: 1));
    }

    /// <summary>Attention to one token alone and logits in the hundreds: nothing overflows, and what is left of the gradient is right.</summary>
    [Theory]
    [MemberData(nameof(Tiers))]
    public void Sharp_attention_and_large_logits_do_not_overflow(KernelTier tier)
    {
        using var rig = new TrainingRig(TinyTraining.Shape(), tier: tier);
        rig.Multiply(name => name.Contains("attn_q_norm", StringComparison.Ordinal) ? 30 : name == "output_norm.weight" ? 100 : 1);

        rig.AssertGradients(TinyTraining.Batch(13, 80, 9), tolerance: 2e-3);
    }

    [Fact]
    public void A_batch_too_large_for_the_pass_is_refused()
    {
        using var rig = new TrainingRig(TinyTraining.Shape(), maxRows: 10);

        var refusal = Assert.Throws<ArgumentException>(() => rig.Pass.Forward(TinyTraining.Batch(14, 11)));

        Assert.Contains("11", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("10", refusal.Message, StringComparison.Ordinal);
    }
}
