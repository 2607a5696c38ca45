using System.Text.Json.Nodes;
using Slipway.Engine.Training;

namespace Slipway.Training;

/// <summary>Losses by step, those before a resume included.</summary>
internal sealed class LossHistory
{
    private const double MostTokens = 1e18; // Far above any run, and still a long.

    private readonly SortedDictionary<int, double> _training = [];
    private readonly SortedDictionary<int, double> _evaluation = [];

    public IReadOnlyCollection<KeyValuePair<int, double>> Training => _training;

    public IReadOnlyCollection<KeyValuePair<int, double>> Evaluation => _evaluation;

    /// <summary>Passes over the data that the restored log tells of; 0 where it tells of none.</summary>
    public double LastEpoch { get; private set; }

    /// <summary>Tokens that the restored log tells of; 0 where it tells of none.</summary>
    public long LastTokens { get; private set; }

    /// <summary>Takes in what a log tells of the steps up to <paramref name="lastStep"/>; the run goes on from there.</summary>
    public void Restore(IEnumerable<JsonObject> log, int lastStep)
    {
        foreach (var line in log)
        {
            if (Number(line, "current_steps") is { } step && step >= 0 && step <= lastStep)
            {
                Add(_training, (int)step, Number(line, "loss"));
                Add(_evaluation, (int)step, Number(line, "eval_loss"));
                LastEpoch = Number(line, "epoch") ?? LastEpoch;
                LastTokens = (long?)Number(line, "total_tokens") ?? LastTokens;
            }
        }
    }

    public void Add(StepDone step) => Add(_training, step.Step, step.Loss);

    public void Add(EvaluationDone evaluation) => Add(_evaluation, evaluation.Step, evaluation.Loss);

    private static void Add(SortedDictionary<int, double> losses, int step, double? loss)
    {
        if (loss is { } value && double.IsFinite(value))
        {
            losses[step] = value;
        }
    }

    private static double? Number(JsonObject line, string key) =>
        line[key] is JsonValue value && value.TryGetValue(out double number) && Math.Abs(number) < MostTokens ? number : null;
}
