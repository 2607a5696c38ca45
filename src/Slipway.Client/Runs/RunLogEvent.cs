namespace Slipway.Client.Runs;

/// <summary>One event of a log that is followed.</summary>
public sealed record RunLogEvent
{
    /// <summary>One of <see cref="RunLogEventTypes"/>; says which of the others is there.</summary>
    public required string Type { get; init; }

    public RunLogLine? Line { get; init; }

    public RunProgress? Progress { get; init; }

    /// <summary>What stands in the last line and is not finished: a bar, a prompt. Null when there is nothing any more.</summary>
    public string? Frame { get; init; }

    /// <summary>The run as it has ended.</summary>
    public RunDetail? Run { get; init; }
}

/// <summary>The values of <see cref="RunLogEvent.Type"/>.</summary>
public static class RunLogEventTypes
{
    public const string Line = "line";
    public const string Progress = "progress";
    public const string Frame = "frame";

    /// <summary>The last one.</summary>
    public const string End = "end";
}

/// <summary>How far a run has come.</summary>
public sealed record RunProgress
{
    /// <summary>One of <see cref="RunStatuses"/>.</summary>
    public required string Status { get; init; }

    /// <summary>0 to 1.</summary>
    public required double Progress { get; init; }

    public long? Step { get; init; }

    public long? TotalSteps { get; init; }

    public double? Epoch { get; init; }

    public double? EtaSeconds { get; init; }

    /// <summary>The newest value of every series.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>What a queued run waits for.</summary>
    public string? WaitingFor { get; init; }
}

/// <summary>A text of the stream that may change: <see cref="RunLogEvent.Frame"/> as it is sent.</summary>
internal sealed record RunFrame(string? Text);

/// <summary>Tags as they are sent.</summary>
internal sealed record TagsBody(IReadOnlyList<string> Tags);
