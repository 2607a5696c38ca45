namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>What a <see cref="MetricReader"/> knows, to be kept beside how far the files were read: another server goes on with it.</summary>
internal sealed record MetricState
{
    /// <summary>Who gives each figure.</summary>
    public IReadOnlyDictionary<string, MetricSource> Owners { get; init; } = new Dictionary<string, MetricSource>();

    /// <summary>How many points were taken.</summary>
    public long Points { get; init; }

    public ProgressState Progress { get; init; } = new();

    public RunFacts Facts { get; init; } = new(null, null, null, null, null);

    /// <summary>Figures whose step the next state of the bar may tell.</summary>
    public IReadOnlyList<MetricPoint> Waiting { get; init; } = [];

    /// <summary>The total of the bar that is taken for the training's.</summary>
    public double BarTotal { get; init; }

    /// <summary>How many entries of the history in <c>trainer_state.json</c> were taken.</summary>
    public int HistoryTaken { get; init; }
}

/// <summary>A value and who gave it.</summary>
internal readonly record struct Sourced<T>(T Value, MetricSource Source)
    where T : struct;

/// <summary>How far a run is, value by value.</summary>
internal sealed record ProgressState
{
    public Sourced<double>? Progress { get; init; }

    public Sourced<long>? Step { get; init; }

    public Sourced<long>? TotalSteps { get; init; }

    public Sourced<double>? Epoch { get; init; }

    public Sourced<TimeSpan>? Remaining { get; init; }
}
