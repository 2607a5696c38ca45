namespace Slipway.Engine.Tests.Training.Reference;

/// <summary>The reference is held to finite differences before anything is held to the reference.</summary>
public sealed class ReferenceTrainingTests
{
    [Theory]
    [InlineData(2, 4, 2, 8, true)]
    [InlineData(2, 4, 2, 16, false)]
    [InlineData(1, 4, 1, 8, true)]
    public void Every_derivative_of_the_reference_is_the_slope_of_its_loss(int layers, int heads, int keyHeads, int headLength, bool tiesOutput)
    {
        var reference = TinyTraining.Reference(TinyTraining.Shape(layers, heads, keyHeads, headLength, 32), tiesOutput, seed: 1);
        var batch = TinyTraining.Batch(2, 5, 2, 7);

        _ = reference.Differentiate(batch);

        foreach (var (name, parameter) in reference.Parameters)
        {
            var indices = GradientError.Sample(parameter.Value.Length, atMost: 100, seed: 3);
            var slopes = Array.ConvertAll(indices, index => reference.Slope(batch, name, index));
            var derivatives = Array.ConvertAll(indices, index => parameter.Gradient[index]);
            Assert.True(GradientError.Norm(slopes) > 1e-3, $"{name} has no slope to check.");
            Assert.True(GradientError.Relative(derivatives, slopes) < 1e-7, $"{name}: {GradientError.Relative(derivatives, slopes)}");
        }
    }

    [Fact]
    public void Segments_do_not_see_each_other()
    {
        var reference = TinyTraining.Reference(TinyTraining.Shape(), tiesOutput: true, seed: 4);
        var examples = new[] { TinyTraining.Example(5, 6), TinyTraining.Example(6, 9) };

        var together = reference.Loss(new(examples));
        var apart = examples.Sum(example => reference.Loss(new([example])));

        Assert.Equal(apart, together, 1e-10);
    }
}
