namespace Slipway.Engine.Training;

/// <summary>What the run learns.</summary>
public enum TrainingStage
{
    /// <summary>Every token of plain texts.</summary>
    Pretraining,

    /// <summary>The answers in conversations.</summary>
    SupervisedFineTuning,
}
