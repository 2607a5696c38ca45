namespace Slipway.Client.Runs;

/// <summary>One line of a run's log.</summary>
public sealed record RunLogLine
{
    /// <summary>From 1, over all attempts; never changes, and is the event's id in a stream.</summary>
    public required long Line { get; init; }

    public required int Attempt { get; init; }

    /// <summary><c>debug</c>, <c>info</c>, <c>warning</c> or <c>error</c>.</summary>
    public required string Level { get; init; }

    /// <summary><c>output</c> of the process, or <c>slipway</c> about it.</summary>
    public required string Source { get; init; }

    public required string Text { get; init; }

    /// <summary>When Slipway noted it; the lines of a process carry no time but what they say.</summary>
    public DateTimeOffset? At { get; init; }
}

/// <summary>One point of a series.</summary>
public sealed record RunMetricPoint
{
    public required string Name { get; init; }

    public required int Attempt { get; init; }

    public long? Step { get; init; }

    public double? Epoch { get; init; }

    /// <summary>Null stands for a value that is no number: a loss of NaN.</summary>
    public double? Value { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Who said so: <c>pushed</c>, <c>trainer_log</c>, <c>log</c>, <c>progress_bar</c>, <c>trainer_state</c>.</summary>
    public required string Source { get; init; }
}

/// <summary>A file that a run has made.</summary>
public sealed record RunArtifact
{
    public required string Id { get; init; }

    public required string RunId { get; init; }

    public required int Attempt { get; init; }

    /// <summary>The path inside the output folder, with slashes.</summary>
    public required string Name { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Null while it is being computed.</summary>
    public string? Sha256 { get; init; }

    /// <summary><c>model</c>, <c>adapter</c>, <c>checkpoint</c>, <c>tokenizer</c>, <c>log</c>, <c>metrics</c>, <c>chart</c>, <c>config</c> or <c>file</c>.</summary>
    public required string Kind { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Runs side by side.</summary>
public sealed record RunComparison
{
    public required IReadOnlyList<RunDetail> Runs { get; init; }

    /// <summary>Settings in which they differ, by name: the value in each run, in the order of <see cref="Runs"/>.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string?>> Differences { get; init; }

    /// <summary>The newest value of each series in each run, in the order of <see cref="Runs"/>.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<double?>> Metrics { get; init; }
}

/// <summary>Progress that the training reports itself; what is null is not touched.</summary>
public sealed record RunProgressReport
{
    /// <summary>0 to 1.</summary>
    public double? Progress { get; init; }

    public long? Step { get; init; }

    public long? TotalSteps { get; init; }

    public double? Epoch { get; init; }

    public double? EtaSeconds { get; init; }

    /// <summary>At most 256 series.</summary>
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }
}
