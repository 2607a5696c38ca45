namespace Slipway.Engine.Training;

/// <summary>The learning rate of each step: a straight rise, then the schedule's fall.</summary>
internal sealed class LearningRate
{
    private readonly TrainingOptions _options;
    private readonly int _totalSteps;
    private readonly int _warmup;

    public LearningRate(TrainingOptions options, int totalSteps)
    {
        (_options, _totalSteps) = (options, totalSteps);
        _warmup = Math.Min(totalSteps, options.WarmupSteps > 0 ? options.WarmupSteps : (int)Math.Ceiling(options.WarmupRatio * totalSteps));
    }

    /// <param name="step">From 1; the last of the warm-up has the full rate.</param>
    public double At(int step)
    {
        if (step <= _warmup)
        {
            return _options.LearningRate * step / _warmup;
        }
        var progress = (double)(step - _warmup) / Math.Max(1, _totalSteps - _warmup);
        var share = _options.Schedule switch
        {
            LearningRateSchedule.Cosine => (1 + Math.Cos(Math.PI * progress)) / 2,
            LearningRateSchedule.Linear => 1 - progress,
            _ => 1,
        };
        return _options.LearningRate * (_options.MinimumRateRatio + ((1 - _options.MinimumRateRatio) * share));
    }
}
