using Slipway.Engine.Training;

namespace Slipway.Training;

/// <summary>One run from its file to its result files: the trainer works, this tells of it on the screen and on the disk.</summary>
internal sealed class TrainingRun : IDisposable
{
    public const string ChartName = "training_loss.svg";

    private readonly TrainingFile _file;
    private readonly TrainingScreen _screen;
    private readonly LossHistory _history = new();
    private TrainerLog? _log;
    private double _epoch;
    private long _tokens;

    public TrainingRun(TrainingFile file, TrainingScreen screen) => (_file, _screen) = (file, screen);

    private string Folder => _file.Options.OutputDirectory;

    /// <summary>Trains on the calling thread until the end or until the token asks to stop; then a checkpoint is saved.</summary>
    public TrainingOutcome Run(CancellationToken cancellationToken)
    {
        _screen.Say($"reading {string.Join(", ", _file.Options.Datasets)}");
        using var trainer = Trainer.Open(_file.Options, cancellationToken);
        var outcome = trainer.Run(Report, cancellationToken);
        if (outcome.IsComplete)
        {
            _log?.WriteEnd(outcome, _epoch);
            ResultFiles.Write(Folder, outcome, _epoch, _tokens);
        }
        if (_file.PlotsLoss && LossChart.Draw(_history, _file.Options.ModelName ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Folder))) is { } chart)
        {
            var path = Path.Combine(Folder, ChartName);
            File.WriteAllText(path, chart);
            _screen.Say($"written: {path}");
        }
        return outcome;
    }

    public void Dispose() => _log?.Dispose();

    internal void Report(TrainingEvent occurrence)
    {
        switch (occurrence)
        {
            case TrainingStarted started:
                Restore(started.ResumedStep);
                Directory.CreateDirectory(Folder);
                ResultFiles.Remove(Folder);
                _log = TrainerLog.Open(Folder, continues: started.ResumedStep > 0);
                break;
            case StepDone step:
                (_epoch, _tokens) = (step.Epoch, step.TotalTokens);
                if (step.IsLogged)
                {
                    _history.Add(step);
                    _log?.Write(step);
                }
                break;
            case EvaluationDone evaluation:
                _history.Add(evaluation);
                _log?.Write(evaluation);
                break;
        }
        _screen.Show(occurrence);
    }

    /// <summary>A run that goes on knows its past from its own log.</summary>
    private void Restore(int step)
    {
        _history.Restore(step > 0 ? TrainerLog.Read(Folder) : [], step);
        (_epoch, _tokens) = (_history.LastEpoch, _history.LastTokens);
    }
}
