namespace Slipway.Engine.Training;

/// <summary>How the learning rate falls after the warm-up.</summary>
public enum LearningRateSchedule
{
    /// <summary>Half a cosine, from the full rate to <see cref="TrainingOptions.MinimumRateRatio"/> of it.</summary>
    Cosine,

    /// <summary>A straight line to the same end.</summary>
    Linear,

    /// <summary>Not at all.</summary>
    Constant,
}
