using System.Diagnostics;
using Slipway.Engine.Training.Checkpoints;

namespace Slipway.Engine.Training;

/// <summary>Counts what a run has done: losses, tokens, time. Goes on where a checkpoint's state left off.</summary>
internal sealed class RunMeter
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly double _secondsBefore;
    private readonly int _firstStep;
    private readonly List<LogEntry> _history;
    private long _loggedAt = Stopwatch.GetTimestamp();
    private long _tokensSinceLog;
    private double _lossSum;
    private long _learned;
    private double _lossSinceLog;
    private long _learnedSinceLog;

    public RunMeter(int totalSteps, TrainerState? resumed)
    {
        TotalSteps = totalSteps;
        _history = [.. resumed?.LogHistory ?? []];
        if (resumed is not null)
        {
            (Step, _firstStep, TotalTokens, _secondsBefore) = (resumed.Step, resumed.Step, resumed.TotalTokens, resumed.ElapsedSeconds);
            (_lossSum, _learned) = (resumed.LossSum, resumed.LearnedTokens);
            (_lossSinceLog, _learnedSinceLog) = (resumed.LossSumSinceLog, resumed.LearnedTokensSinceLog);
            (EvaluationLoss, BestEvaluationLoss) = (resumed.EvaluationLoss, resumed.BestEvaluationLoss);
        }
    }

    public int Step { get; private set; }

    public int TotalSteps { get; }

    public long TotalTokens { get; private set; }

    public double? EvaluationLoss { get; private set; }

    public double? BestEvaluationLoss { get; private set; }

    public double? MeanLoss => _learned == 0 ? null : _lossSum / _learned;

    public TimeSpan Elapsed => TimeSpan.FromSeconds(_secondsBefore) + Stopwatch.GetElapsedTime(_started);

    /// <summary>From this process's own steps: those before a resume took their own time.</summary>
    public TimeSpan Remaining => Step == _firstStep
        ? TimeSpan.Zero
        : Stopwatch.GetElapsedTime(_started) * ((double)(TotalSteps - Step) / (Step - _firstStep));

    /// <summary>Counts a step and describes it.</summary>
    public StepDone Add(double lossSum, int learned, int tokens, double epoch, double learningRate, double norm, bool isLogged)
    {
        Step++;
        (_lossSum, _learned, TotalTokens) = (_lossSum + lossSum, _learned + learned, TotalTokens + tokens);
        (_lossSinceLog, _learnedSinceLog, _tokensSinceLog) = (_lossSinceLog + lossSum, _learnedSinceLog + learned, _tokensSinceLog + tokens);
        var done = new StepDone
        {
            Step = Step,
            TotalSteps = TotalSteps,
            Epoch = epoch,
            Loss = _lossSinceLog / _learnedSinceLog,
            LearningRate = learningRate,
            GradientNorm = norm,
            TotalTokens = TotalTokens,
            TokensPerSecond = _tokensSinceLog / Stopwatch.GetElapsedTime(_loggedAt).TotalSeconds,
            Elapsed = Elapsed,
            Remaining = Remaining,
            IsLogged = isLogged,
        };
        if (isLogged)
        {
            _history.Add(new LogEntry { Step = Step, Epoch = epoch, Loss = done.Loss, LearningRate = learningRate, GradientNorm = norm });
            (_lossSinceLog, _learnedSinceLog, _tokensSinceLog, _loggedAt) = (0, 0, 0, Stopwatch.GetTimestamp());
        }
        return done;
    }

    public EvaluationDone AddEvaluation(double loss, double epoch)
    {
        EvaluationLoss = loss;
        BestEvaluationLoss = Math.Min(loss, BestEvaluationLoss ?? loss);
        _history.Add(new LogEntry { Step = Step, Epoch = epoch, EvaluationLoss = loss });
        return new EvaluationDone { Step = Step, TotalSteps = TotalSteps, Epoch = epoch, Loss = loss, Elapsed = Elapsed, Remaining = Remaining };
    }

    /// <summary>What a checkpoint holds of this.</summary>
    public TrainerState ToState(double epoch, string fingerprint, System.Text.Json.JsonElement dataPosition) => new()
    {
        Step = Step,
        TotalSteps = TotalSteps,
        Epoch = epoch,
        TotalTokens = TotalTokens,
        ElapsedSeconds = Elapsed.TotalSeconds,
        LossSum = _lossSum,
        LearnedTokens = _learned,
        LossSumSinceLog = _lossSinceLog,
        LearnedTokensSinceLog = _learnedSinceLog,
        EvaluationLoss = EvaluationLoss,
        BestEvaluationLoss = BestEvaluationLoss,
        OptionsFingerprint = fingerprint,
        DataPosition = dataPosition,
        LogHistory = [.. _history],
    };

    public TrainingOutcome ToOutcome(bool isComplete) => new()
    {
        Step = Step,
        TotalSteps = TotalSteps,
        IsComplete = isComplete,
        Loss = MeanLoss,
        EvaluationLoss = EvaluationLoss,
        Elapsed = Elapsed,
    };
}
