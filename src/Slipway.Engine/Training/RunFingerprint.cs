using System.Globalization;

namespace Slipway.Engine.Training;

/// <summary>What a run's result depends on, as readable lines: a checkpoint can only be gone on from when they are equal.</summary>
internal static class RunFingerprint
{
    public static string Of(TrainingOptions options, long parameters)
    {
        List<(string Name, object? Value)> parts =
        [
            ("parameters", parameters),
            ("base model", options.BaseModel is null ? null : Path.GetFileName(Path.TrimEndingDirectorySeparator(options.BaseModel))),
            ("stage", options.Stage), ("method", options.Method),
            ("lora rank", options.Lora.Rank), ("lora alpha", options.Lora.Alpha), ("lora targets", string.Join(',', options.Lora.Targets)),
            ("datasets", string.Join(',', options.Datasets.Select(path => $"{Path.GetFileName(path)}:{new FileInfo(path).Length}"))),
            ("validation share", options.ValidationShare), ("cutoff", options.CutoffLength), ("packing", options.Packing),
            ("train on prompt", options.TrainOnPrompt), ("batch size", options.BatchSize), ("accumulation", options.AccumulationSteps),
            ("epochs", options.Epochs), ("max steps", options.MaxSteps), ("learning rate", options.LearningRate),
            ("schedule", options.Schedule), ("minimum rate ratio", options.MinimumRateRatio), ("warmup ratio", options.WarmupRatio),
            ("warmup steps", options.WarmupSteps), ("beta1", options.Beta1), ("beta2", options.Beta2), ("epsilon", options.Epsilon),
            ("weight decay", options.WeightDecay), ("max gradient norm", options.MaxGradientNorm), ("bfloat16", options.BFloat16), ("seed", options.Seed),
        ];
        return string.Join('\n', parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Name}={part.Value}")));
    }

    /// <exception cref="ArgumentException">They differ; the message names each difference.</exception>
    public static void RequireEqual(string saved, string now, string folder)
    {
        var (before, after) = (saved.Split('\n'), now.Split('\n'));
        var differences = after.Except(before).Select(line => $"{line} (was {Value(before, line)})").ToList();
        if (differences.Count > 0)
        {
            throw new ArgumentException(
                $"The checkpoint '{folder}' is of another run: {string.Join(", ", differences)}. Set these back, choose another output folder, or begin anew with overwrite_output_dir: true.");
        }
    }

    private static string Value(string[] lines, string line)
    {
        var name = line[..(line.IndexOf('=', StringComparison.Ordinal) + 1)];
        return lines.FirstOrDefault(other => other.StartsWith(name, StringComparison.Ordinal))?[name.Length..] ?? "unknown";
    }
}
