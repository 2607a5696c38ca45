using Slipway.Engine.Architectures;
using Slipway.Engine.Kernels;
using Slipway.Engine.Memory;
using Slipway.Engine.Tests.Training.Reference;
using Slipway.Engine.Training;
using Slipway.Engine.Training.Data;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Tests.Training.Model;

/// <summary>A small model with everything that it takes to train it, and the reference that starts from the same weights.</summary>
internal sealed class TrainingRig : IDisposable
{
    private const int Seed = 11;

    public TrainingRig(
        ModelShape shape, bool tiesOutput = true, KernelTier? tier = null, int threads = 2, int maxRows = 160, bool bfloat16 = false,
        LoraOptions? lora = null, int vocabulary = TinyTraining.Vocabulary)
    {
        Model = TrainableModel.Create(shape, vocabulary, tiesOutput);
        TinyTraining.Fill(Model.Parameters, Seed);
        if (lora is null)
        {
            Model.UnfreezeAll();
        }
        else
        {
            Model.AddLora(lora, Seed);
            TinyTraining.Fill(Model.Adapters, Seed + 1); // B begins as zero, which would hide A's gradient.
        }
        Team = new WorkerTeam(threads);
        Pass = new TrainingPass(Model, Team, tier ?? KernelTable.Supported[0], maxRows, bfloat16);
        var loraScale = lora is null ? 0 : (lora.Alpha ?? (2.0 * lora.Rank)) / lora.Rank;
        Reference = ReferenceTraining.CopyOf(shape, Model.Parameters.Concat(Model.Adapters), loraScale);
    }

    public TrainableModel Model { get; }

    public WorkerTeam Team { get; }

    public TrainingPass Pass { get; }

    public ReferenceTraining Reference { get; private set; }

    /// <summary>Multiplies whole parameters, here and in the reference.</summary>
    public unsafe void Multiply(Func<string, float> factor)
    {
        foreach (var parameter in Model.Parameters)
        {
            for (var i = 0; i < parameter.Length; i++)
            {
                parameter.Value[i] *= factor(parameter.Name);
            }
        }
        Reference = ReferenceTraining.CopyOf(Model.Shape, Model.Parameters);
    }

    /// <summary>Runs both and holds every parameter's gradient, all of its values, to the reference.</summary>
    /// <param name="batch">What to learn.</param>
    /// <param name="tolerance">Largest |difference| / |gradient| of a parameter.</param>
    /// <param name="mayVanish">Names of parameters that have no influence here.</param>
    public void AssertGradients(TrainingBatch batch, double tolerance, Predicate<string>? mayVanish = null)
    {
        const float Scale = 0.25f; // A power of two, so that it rounds nothing.
        var expectedLoss = Reference.Differentiate(batch);

        var loss = Pass.ForwardBackward(batch, Scale);

        Assert.Equal(1, loss / expectedLoss, tolerance);
        foreach (var parameter in Model.Trained)
        {
            var expected = Reference.Parameters[parameter.Name].Gradient;
            var actual = Gradient(parameter).Select(value => value / Scale).ToArray();
            if (mayVanish?.Invoke(parameter.Name) == true)
            {
                Assert.True(GradientError.Norm(expected) < 1e-12, $"{parameter.Name} was to have no gradient.");
                Assert.True(GradientError.Norm(actual) < 1e-5, $"{parameter.Name} has a gradient of {GradientError.Norm(actual)}.");
                continue;
            }
            Assert.True(GradientError.Norm(expected) > 1e-4, $"{parameter.Name} has no gradient to compare with.");
            var error = GradientError.Relative(actual, expected);
            Assert.True(error < tolerance, $"{parameter.Name} is {error:E1} away from its gradient of {GradientError.Norm(expected):G3}.");
        }
    }

    public static double[] Gradient(Parameter parameter) => Copy(parameter, ofGradient: true);

    public static double[] Value(Parameter parameter) => Copy(parameter, ofGradient: false);

    public void Dispose()
    {
        Pass.Dispose();
        Team.Dispose();
        Model.Dispose();
    }

    private static unsafe double[] Copy(Parameter parameter, bool ofGradient)
    {
        var source = ofGradient ? parameter.Gradient : parameter.Value;
        var values = new double[parameter.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = source[i];
        }
        return values;
    }
}
