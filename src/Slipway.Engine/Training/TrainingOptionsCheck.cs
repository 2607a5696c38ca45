using System.Globalization;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Training;

/// <summary>The ranges of <see cref="TrainingOptions"/>, checked before anything is opened.</summary>
internal static class TrainingOptionsCheck
{
    /// <exception cref="ArgumentException">An option is out of its range; the message names it, its value and what is accepted.</exception>
    public static void Check(TrainingOptions options)
    {
        Require(options.BaseModel is not null || options.NewModel is not null, "There is no model: give one to start from, or the size of a new one.");
        Require(options.BaseModel is null || options.NewModel is null, "Give a model to start from or the size of a new one, not both.");
        Require(options.Datasets.Count > 0, "There is no dataset; give at least one JSONL file.");
        Require(options.NewModel is null || options.Method == FineTuningMethod.Full, "LoRA needs a model to start from.");
        Range(nameof(options.ValidationShare), options.ValidationShare, 0, 0.5);
        Range(nameof(options.CutoffLength), options.CutoffLength, 16, 1 << 20);
        Range(nameof(options.BatchSize), options.BatchSize, 1, 4096);
        Range(nameof(options.AccumulationSteps), options.AccumulationSteps, 1, 4096);
        Range(nameof(options.Epochs), options.Epochs, 0, 1e6, lowIsOut: true);
        Range(nameof(options.MaxSteps), options.MaxSteps, 0, int.MaxValue);
        Range(nameof(options.LearningRate), options.LearningRate, 0, 1, lowIsOut: true);
        Range(nameof(options.MinimumRateRatio), options.MinimumRateRatio, 0, 1);
        Range(nameof(options.WarmupRatio), options.WarmupRatio, 0, 1);
        Range(nameof(options.WarmupSteps), options.WarmupSteps, 0, int.MaxValue);
        Range(nameof(options.Beta1), options.Beta1, 0, 0.999999);
        Range(nameof(options.Beta2), options.Beta2, 0, 0.999999);
        Range(nameof(options.Epsilon), options.Epsilon, 0, 1, lowIsOut: true);
        Range(nameof(options.WeightDecay), options.WeightDecay, 0, 1);
        Range(nameof(options.MaxGradientNorm), options.MaxGradientNorm, 0, 1e9);
        Range(nameof(options.Threads), options.Threads, 1, 1024);
        Range(nameof(options.LoggingSteps), options.LoggingSteps, 1, int.MaxValue);
        Range(nameof(options.SaveSteps), options.SaveSteps, 0, int.MaxValue);
        Range(nameof(options.SaveTotalLimit), options.SaveTotalLimit, 1, 1 << 20);
        Range(nameof(options.EvaluationSteps), options.EvaluationSteps, 0, int.MaxValue);
        Range(nameof(options.SampleSteps), options.SampleSteps, 0, int.MaxValue);
        Range("Lora.Rank", options.Lora.Rank, 1, 1024);
        Range("Lora.Alpha", options.Lora.Alpha ?? 1, 0, 1e6, lowIsOut: true);
        LoraTargets.Check(options.Lora);
        if (options.NewModel is { } model)
        {
            Check(model);
        }
    }

    private static void Check(NewModelOptions model)
    {
        Range(nameof(model.HiddenSize), model.HiddenSize, 32, 1 << 16);
        Range(nameof(model.IntermediateSize), model.IntermediateSize, 32, 1 << 18);
        Range(nameof(model.Layers), model.Layers, 1, 1024);
        Range(nameof(model.AttentionHeads), model.AttentionHeads, 1, 1024);
        Range(nameof(model.KeyValueHeads), model.KeyValueHeads, 1, 1024);
        Range(nameof(model.HeadLength), model.HeadLength, 8, 1024);
        Range(nameof(model.ContextLength), model.ContextLength, 16, 1 << 20);
        Range(nameof(model.RopeBase), model.RopeBase, 1, 1e9);
        Range(nameof(model.NormEpsilon), model.NormEpsilon, 0, 1);
        Range(nameof(model.InitializerRange), model.InitializerRange, 0, 1, lowIsOut: true);
    }

    private static void Range(string name, double value, double low, double high, bool lowIsOut = false)
    {
        var fits = (lowIsOut ? value > low : value >= low) && value <= high;
        Require(fits, string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; accepted is {(lowIsOut ? "above " : "")}{low} to {high}."));
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new ArgumentException(otherwise);
        }
    }
}
