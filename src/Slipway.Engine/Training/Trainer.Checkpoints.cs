using System.Text.Json;
using Slipway.Engine.Formats;
using Slipway.Engine.Training.Checkpoints;
using Slipway.Engine.Training.Data;

namespace Slipway.Engine.Training;

/// <summary>Saving a run and going on from where it was saved.</summary>
public sealed unsafe partial class Trainer
{
    private CheckpointTensors Tensors => new(
        [.. _optimizer.Parameters.Select(CheckpointTensor.Of)],
        [.. _optimizer.Parameters.Select((parameter, i) => CheckpointTensor.Of(parameter, _optimizer.FirstMoment(i)))],
        [.. _optimizer.Parameters.Select((parameter, i) => CheckpointTensor.Of(parameter, _optimizer.SecondMoment(i)))]);

    private void Save(Action<TrainingEvent> report)
    {
        var position = JsonSerializer.SerializeToElement(_data.Stream.Position, DataPositionJson.Default.DataPosition);
        var state = _meter.ToState(_data.Stream.Epoch, _fingerprint, position);
        report(new CheckpointSaved(_meter.Step, _checkpoints.Save(new Checkpoint(state, Tensors))));
    }

    /// <summary>Fills model, optimizer and data position from the newest whole checkpoint, where the options ask for it.</summary>
    private TrainerState? Resume()
    {
        if (!_options.Resume)
        {
            return !_checkpoints.HasAny || _options.OverwriteOutput ? null : throw new ArgumentException(
                $"The output folder '{_options.OutputDirectory}' holds checkpoints of an earlier run. Go on with it (--resume, or resume_from_checkpoint: true), remove it (overwrite_output_dir: true), or choose another folder.");
        }
        if (_checkpoints.FindLatest() is not { } saved)
        {
            return !_checkpoints.HasAny ? null : throw new ModelFormatException(
                $"No checkpoint in '{_options.OutputDirectory}' is whole. {string.Join(' ', _checkpoints.PassedOver)}");
        }
        RunFingerprint.RequireEqual(saved.State.OptionsFingerprint, _fingerprint, saved.Folder);
        saved.Read(Tensors);
        if (saved.State.DataPosition is { } position)
        {
            _data.Stream.Position = position.Deserialize(DataPositionJson.Default.DataPosition)
                ?? throw new ModelFormatException($"'{saved.Folder}' does not say where in the data the run stands.");
        }
        return saved.State;
    }

    /// <summary>Tells which checkpoints were damaged, and removes those of a run that is overwritten.</summary>
    private void Settle(Action<TrainingEvent> report)
    {
        foreach (var reason in _checkpoints.PassedOver)
        {
            report(new CheckpointPassedOver(reason));
        }
        if (!_options.Resume)
        {
            _checkpoints.RemoveAll();
        }
    }
}
