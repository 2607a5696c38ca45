namespace Slipway.Engine.Training;

/// <summary>What a run tells while it goes.</summary>
public abstract record TrainingEvent;

/// <summary>The run is about to take its first step.</summary>
/// <param name="Examples">Examples to learn from.</param>
/// <param name="EvaluationExamples">Examples held out.</param>
/// <param name="TotalSteps">Steps that the run will end at.</param>
/// <param name="ResumedStep">The step it goes on from; 0 for a new run.</param>
/// <param name="Parameters">Weights of the model.</param>
/// <param name="TrainableParameters">Weights that move.</param>
public sealed record TrainingStarted(
    int Examples, int EvaluationExamples, int TotalSteps, int ResumedStep, long Parameters, long TrainableParameters) : TrainingEvent;

/// <summary>Reported every step; <see cref="IsLogged"/> marks those that belong in the log.</summary>
public sealed record StepDone : TrainingEvent
{
    /// <summary>From 1.</summary>
    public required int Step { get; init; }

    public required int TotalSteps { get; init; }

    public required double Epoch { get; init; }

    /// <summary>Mean cross-entropy per learned token, over the steps since the last logged one; in nats.</summary>
    public required double Loss { get; init; }

    public required double LearningRate { get; init; }

    /// <summary>Before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Tokens since the run began, those before a resume included.</summary>
    public required long TotalTokens { get; init; }

    /// <summary>Tokens per second since the last logged step.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Training time, that before a resume included.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Estimated from this process's own steps.</summary>
    public required TimeSpan Remaining { get; init; }

    public required bool IsLogged { get; init; }
}

/// <summary>The held-out examples were measured.</summary>
public sealed record EvaluationDone : TrainingEvent
{
    public required int Step { get; init; }

    public required int TotalSteps { get; init; }

    public required double Epoch { get; init; }

    /// <summary>Mean cross-entropy per learned token, in nats.</summary>
    public required double Loss { get; init; }

    public required TimeSpan Elapsed { get; init; }

    public required TimeSpan Remaining { get; init; }
}

/// <summary>The model, as it is now, answered a prompt by its most probable tokens.</summary>
/// <param name="Step">Steps taken so far.</param>
/// <param name="Prompt">What was asked.</param>
/// <param name="Text">What it wrote.</param>
public sealed record SampleMade(int Step, string Prompt, string Text) : TrainingEvent;

/// <summary>A checkpoint stands on the disk.</summary>
/// <param name="Step">Steps taken so far.</param>
/// <param name="Folder">Its folder.</param>
public sealed record CheckpointSaved(int Step, string Folder) : TrainingEvent;

/// <summary>A damaged checkpoint was left aside for an older one.</summary>
/// <param name="Reason">Which, and what is wrong with it.</param>
public sealed record CheckpointPassedOver(string Reason) : TrainingEvent;

/// <summary>A file of the result was written.</summary>
/// <param name="Path">The file or folder.</param>
public sealed record ModelWritten(string Path) : TrainingEvent;
