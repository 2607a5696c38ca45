namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>How far a run is: each value from the best source that gives it.</summary>
internal sealed class ProgressBoard(ProgressState state)
{
    public ProgressState State { get; private set; } = state;

    /// <summary>Takes what a source says; null is what it does not say.</summary>
    public void Offer(MetricSource source, double? progress, long? step, long? totalSteps, double? epoch, TimeSpan? remaining) => State = new()
    {
        Progress = Better(State.Progress, progress is { } share && double.IsFinite(share) ? Math.Clamp(share, 0, 1) : null, source),
        Step = Better(State.Step, step, source),
        TotalSteps = Better(State.TotalSteps, totalSteps, source),
        Epoch = Better(State.Epoch, epoch, source),
        Remaining = Better(State.Remaining, remaining, source),
    };

    /// <summary>Null while nobody has said anything of progress.</summary>
    /// <param name="estimate">How long the steps that were seen here tell that it will take; better than what a log says, if known.</param>
    /// <param name="trustsLog">Whether the log's own remaining time can be right.</param>
    public ProgressMark? Mark(TimeSpan? estimate, bool trustsLog)
    {
        if (State.Progress is not { } progress)
        {
            return null;
        }
        var isPushed = State.Remaining is { Source: MetricSource.Pushed };
        var said = isPushed || trustsLog ? State.Remaining?.Value : null;
        return new(progress.Value, State.Step?.Value, State.TotalSteps?.Value, State.Epoch?.Value, isPushed ? said : estimate ?? said, progress.Source);
    }

    private static Sourced<T>? Better<T>(Sourced<T>? known, T? said, MetricSource source)
        where T : struct =>
        said is { } value && (known is not { } old || old.Source <= source) ? new(value, source) : known;
}
