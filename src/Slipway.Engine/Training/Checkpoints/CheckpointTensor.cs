using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Training.Checkpoints;

/// <summary>Singles in memory that belong to somebody else: written from there, read back to there, never copied.</summary>
/// <param name="Name">Unique among its kind; the parameter's name.</param>
/// <param name="Shape">The fastest-running length last.</param>
/// <param name="Data">Address of the first value; valid while the checkpoint is written or read.</param>
internal readonly record struct CheckpointTensor(string Name, long[] Shape, nint Data)
{
    /// <summary>The weights of a parameter.</summary>
    public static unsafe CheckpointTensor Of(Parameter parameter) => Of(parameter, parameter.Value);

    /// <summary>What the optimizer keeps for a parameter: as many values, of the same shape.</summary>
    public static unsafe CheckpointTensor Of(Parameter parameter, float* values) => new(
        parameter.Name, parameter.IsVector ? [parameter.Length] : [parameter.Rows, parameter.Columns], (nint)values);
}

/// <summary>All that a run has in memory: what a checkpoint is written from, and what it is read into.</summary>
/// <param name="Weights">The parameters that move.</param>
/// <param name="FirstMoments">AdamW's mean of each one's gradients, by the same names.</param>
/// <param name="SecondMoments">AdamW's mean of their squares, by the same names.</param>
internal sealed record CheckpointTensors(
    IReadOnlyList<CheckpointTensor> Weights, IReadOnlyList<CheckpointTensor> FirstMoments, IReadOnlyList<CheckpointTensor> SecondMoments);

/// <summary>A run as it stands between two steps.</summary>
/// <param name="State">Everything but the tensors.</param>
/// <param name="Tensors">The tensors.</param>
internal sealed record Checkpoint(TrainerState State, CheckpointTensors Tensors);
