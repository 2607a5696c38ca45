using System.Text.Json;
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

    private TrainerState? Resume()
    {
        if (_checkpoints.FindLatest() is not { } saved)
        {
            return null;
        }
        if (!_options.Resume)
        {
            return _options.OverwriteOutput ? null : throw new ArgumentException(
                $"The output folder '{_options.OutputDirectory}' holds a run at step {saved.State.Step}. Resume it, overwrite it, or choose another folder.");
        }
        RunFingerprint.RequireEqual(saved.State.OptionsFingerprint, _fingerprint, saved.Folder);
        saved.Read(Tensors);
        if (saved.State.DataPosition is { } position)
        {
            _data.Stream.Position = position.Deserialize(DataPositionJson.Default.DataPosition)
                ?? throw new Formats.ModelFormatException($"'{saved.Folder}' does not say where in the data the run stands.");
        }
        return saved.State;
    }
}
