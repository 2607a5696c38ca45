namespace Slipway.Engine.Training;

/// <summary>How a run ended.</summary>
public sealed record TrainingOutcome
{
    /// <summary>Steps taken.</summary>
    public required int Step { get; init; }

    public required int TotalSteps { get; init; }

    /// <summary>False when it was cancelled; a checkpoint was saved then.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Mean over the whole run, in nats per learned token; null when no step was taken.</summary>
    public required double? Loss { get; init; }

    /// <summary>The last evaluation's loss; null when there was none.</summary>
    public required double? EvaluationLoss { get; init; }

    public required TimeSpan Elapsed { get; init; }
}
