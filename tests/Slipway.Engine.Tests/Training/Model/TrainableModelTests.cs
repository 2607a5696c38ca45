using Slipway.Engine.Tests.Training.Reference;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Tests.Training.Model;

public sealed class TrainableModelTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_model_has_the_parameters_of_its_architecture(bool tiesOutput)
    {
        var shape = TinyTraining.Shape(layers: 3, keyHeads: 1, headLength: 16, feedForward: 96);
        using var model = TrainableModel.Create(shape, TinyTraining.Vocabulary, tiesOutput);

        var actual = model.Parameters.Select(parameter => (parameter.Name, parameter.Rows, parameter.Columns));

        Assert.Equal(TinyTraining.Parameters(shape, tiesOutput).Order(), actual.Order());
        Assert.All(model.Parameters, parameter => Assert.Equal(parameter.Name.Contains("norm", StringComparison.Ordinal), parameter.IsVector));
        Assert.All(model.Parameters, parameter => Assert.Same(parameter, model[parameter.Name]));
    }

    [Fact]
    public void Initial_matrices_are_normal_and_those_that_write_to_the_residual_stream_narrower()
    {
        using var model = TrainableModel.Create(TinyTraining.Shape(layers: 8, feedForward: 128, hidden: 128), 999, tiesOutput: true);

        model.Initialize(0.02, seed: 1);

        AssertNormal(model["token_embd.weight"], 0.02);
        AssertNormal(model["blk.3.ffn_up.weight"], 0.02);
        AssertNormal(model["blk.3.ffn_down.weight"], 0.02 / 4); // √(2 · 8 layers)
        AssertNormal(model["blk.0.attn_output.weight"], 0.02 / 4);
        Assert.All(TrainingRig.Value(model["blk.7.attn_k_norm.weight"]), value => Assert.Equal(1, value));
    }

    /// <summary>Mean, spread and the share beyond two deviations (4.55 %), each within five standard errors.</summary>
    private static void AssertNormal(Parameter parameter, double deviation)
    {
        var values = TrainingRig.Value(parameter).Select(value => value / deviation).ToArray();
        var error = 5 / Math.Sqrt(values.Length);
        Assert.InRange(values.Average(), -error, error);
        Assert.InRange(Math.Sqrt(values.Average(value => value * value)), 1 - error, 1 + error);
        Assert.InRange(values.Count(value => Math.Abs(value) > 2) / (double)values.Length, 0.0455 - (0.21 * error), 0.0455 + (0.21 * error));
    }
}
