using Slipway.Engine.Kernels;
using Slipway.Engine.Memory;
using Slipway.Engine.Training.Checkpoints;
using Slipway.Engine.Training.Data;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Training;

/// <summary>
/// Trains a Qwen3 model. The same options and seed give the same weights, bit for bit: with any number of threads, and
/// through any number of interruptions.
/// </summary>
public sealed partial class Trainer : IDisposable
{
    private readonly TrainingOptions _options;
    private readonly TrainingSubject _subject;
    private readonly TrainingData _data;
    private readonly CheckpointStore _checkpoints;
    private readonly WorkerTeam _team;
    private readonly TrainingPass _pass;
    private readonly AdamW _optimizer;
    private readonly RunMeter _meter;
    private readonly LearningRate _rate;
    private readonly string _fingerprint;
    private readonly FileStream _lock;

    private Trainer(TrainingOptions options, TrainingSubject subject, TrainingData data)
    {
        (_options, _subject, _data) = (options, subject, data);
        _lock = Lock(options.OutputDirectory);
        _checkpoints = new CheckpointStore(options.OutputDirectory, options.SaveTotalLimit);
        _team = new WorkerTeam(options.Threads);
        _optimizer = new AdamW(subject.Model.Trained, _team, options);
        _fingerprint = RunFingerprint.Of(options, subject.Model.Trained.Sum(parameter => parameter.Length));
        var resumed = Resume();
        _pass = new TrainingPass(subject.Model, _team, KernelTable.Choose(), data.MostRows, options.BFloat16);
        _meter = new RunMeter(data.TotalSteps, resumed);
        _rate = new LearningRate(options, data.TotalSteps);
    }

    /// <summary>Checks the options, reads every example once, loads or makes the model, and finds the checkpoint to go on from.</summary>
    /// <exception cref="ArgumentException">An option is out of its range, or the output folder holds another run.</exception>
    /// <exception cref="TrainingDataException">Lines of a dataset are wrong; the message names them.</exception>
    /// <exception cref="Formats.ModelFormatException">The model to start from is broken or of a family that is not trained here.</exception>
    public static Trainer Open(TrainingOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        TrainingOptionsCheck.Check(options);
        var subject = TrainingSubject.Open(options);
        try
        {
            return new Trainer(options, subject, TrainingData.Open(options, subject, cancellationToken));
        }
        catch
        {
            subject.Dispose();
            throw;
        }
    }

    /// <summary>Trains on the calling thread until the end, or until cancelled: then the step is finished and a checkpoint saved.</summary>
    /// <param name="report">Gets everything that happens, in order, on the calling thread.</param>
    /// <param name="cancellationToken">Ends the run early.</param>
    /// <exception cref="TrainingDivergedException">The loss or the gradient is no number any more.</exception>
    /// <exception cref="IOException">A checkpoint or the model cannot be written.</exception>
    public TrainingOutcome Run(Action<TrainingEvent> report, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(report);
        Settle(report);
        report(new TrainingStarted(
            _data.TrainingExamples, _data.EvaluationExamples, _meter.TotalSteps, _meter.Step,
            _subject.Model.Parameters.Sum(parameter => parameter.Length), _subject.Model.Trained.Sum(parameter => parameter.Length)));
        while (_meter.Step < _meter.TotalSteps)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                Save(report);
                return _meter.ToOutcome(isComplete: false);
            }
            TakeStep(report);
            var isLast = _meter.Step == _meter.TotalSteps;
            if (isLast || IsDue(_options.EvaluationSteps))
            {
                Evaluate(report);
            }
            if (IsDue(_options.SampleSteps))
            {
                Sample(report);
            }
            if (isLast || IsDue(_options.SaveSteps))
            {
                Save(report);
            }
        }
        TrainingOutput.Write(_options, _subject, _team, report);
        return _meter.ToOutcome(isComplete: true);
    }

    public void Dispose()
    {
        _pass.Dispose();
        _optimizer.Dispose();
        _team.Dispose();
        _data.Dispose();
        _subject.Dispose();
        _lock.Dispose();
    }

    /// <summary>Keeps other runs out of the folder; the system lets go of it however this process ends.</summary>
    private static FileStream Lock(string folder)
    {
        Directory.CreateDirectory(folder);
        try
        {
            return new FileStream(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new IOException($"Another run is writing to '{folder}'. Wait for it, or choose another output folder.", exception);
        }
    }

    private bool IsDue(int every) => every > 0 && _meter.Step % every == 0;

    /// <summary>Sums the gradients of several passes, each weighted by its learned tokens, and moves the weights once.</summary>
    private void TakeStep(Action<TrainingEvent> report)
    {
        var batches = Enumerable.Range(0, _options.AccumulationSteps).Select(_ => new TrainingBatch(_data.Stream.Next())).ToList();
        var learned = batches.Sum(batch => batch.TargetCount);
        var loss = batches.Sum(batch => _pass.ForwardBackward(batch, 1f / learned));
        var step = _meter.Step + 1;
        var rate = _rate.At(step);
        var norm = _optimizer.Step(step, rate);
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
        {
            throw new TrainingDivergedException(
                $"At step {step} the loss is {loss / learned:g4} and the gradient's norm {norm:g4}: training has diverged. Lower the learning rate ({rate:g3} here) or lengthen the warm-up.");
        }
        _pass.WeightsChanged();
        var isLogged = step % _options.LoggingSteps == 0 || step == _meter.TotalSteps;
        report(_meter.Add(loss, learned, batches.Sum(batch => batch.Rows), _data.Stream.Epoch, rate, norm, isLogged));
    }

    private void Evaluate(Action<TrainingEvent> report)
    {
        if (_data.EvaluationExamples == 0)
        {
            return;
        }
        var (loss, learned) = (0.0, 0L);
        foreach (var examples in _data.EvaluationBatches())
        {
            var batch = new TrainingBatch(examples);
            loss += _pass.Forward(batch);
            learned += batch.TargetCount;
        }
        report(_meter.AddEvaluation(loss / Math.Max(1, learned), _data.Stream.Epoch));
    }

    private void Sample(Action<TrainingEvent> report)
    {
        var writer = new SampleWriter(_subject, _pass, _options);
        foreach (var prompt in _options.SamplePrompts)
        {
            report(new SampleMade(_meter.Step, prompt, writer.Write(prompt)));
        }
    }
}
