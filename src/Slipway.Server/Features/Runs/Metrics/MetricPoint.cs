namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>Where a figure comes from. A later one is believed more: what it gives, an earlier one does not overwrite.</summary>
internal enum MetricSource
{
    /// <summary><c>trainer_state.json</c> of a checkpoint.</summary>
    TrainerState,

    /// <summary>A bar of tqdm.</summary>
    ProgressBar,

    /// <summary>A log line with figures: the dicts of HF Trainer, XTuner's lines.</summary>
    LogLine,

    /// <summary><c>trainer_log.jsonl</c>.</summary>
    TrainerLog,

    /// <summary>The job has told it by HTTP.</summary>
    Pushed,
}

/// <summary>One figure of a run.</summary>
/// <param name="Name"><c>loss</c>, <c>learning_rate</c>, …; 1 to 128 characters.</param>
/// <param name="Step">Optimization step; null when the source does not say.</param>
/// <param name="Value">May be NaN or infinite: a loss that is so is news.</param>
/// <param name="Source">Who says it.</param>
/// <param name="Epoch">Epochs that are done, with fractions; null when the source does not say.</param>
internal sealed record MetricPoint(string Name, long? Step, double Value, MetricSource Source, double? Epoch);

/// <summary>How far a run is.</summary>
/// <param name="Progress">0 to 1.</param>
/// <param name="Step">Optimization steps that are done.</param>
/// <param name="TotalSteps">Of how many.</param>
/// <param name="Epoch">Epochs that are done, with fractions.</param>
/// <param name="Remaining">How long it will take yet.</param>
/// <param name="Source">Who says <paramref name="Progress"/>.</param>
internal sealed record ProgressMark(double Progress, long? Step, long? TotalSteps, double? Epoch, TimeSpan? Remaining, MetricSource Source);

/// <summary>What a trainer says of a run once, at its begin.</summary>
internal sealed record RunFacts(long? Examples, double? Epochs, long? TotalSteps, long? BatchSize, long? TrainableParameters);

/// <summary>What is new since the last look.</summary>
/// <param name="Points">In the order in which they were found.</param>
/// <param name="Progress">As it is now; null while nothing is known.</param>
/// <param name="Phase">What goes on before the training, as the bars say: <c>Loading checkpoint shards 50%</c>; null when nothing does.</param>
/// <param name="Facts">As they are known now.</param>
internal sealed record MetricBatch(IReadOnlyList<MetricPoint> Points, ProgressMark? Progress, string? Phase, RunFacts Facts);
