using System.Text.Json.Nodes;
using Slipway.Engine.Training;

namespace Slipway.Training;

/// <summary>Losses by step, those before a resume included.</summary>
internal sealed class LossHistory
{
    private readonly SortedDictionary<int, double> _training = [];
    private readonly SortedDictionary<int, double> _evaluation = [];

    public IReadOnlyCollection<KeyValuePair<int, double>> Training => _training;

    public IReadOnlyCollection<KeyValuePair<int, double>> Evaluation => _evaluation;

    /// <summary>Takes in what a log tells of the steps up to <paramref name="lastStep"/>; the run goes on from there.</summary>
    public void Restore(IEnumerable<JsonObject> log, int lastStep)
    {
        foreach (var line in log)
        {
            if (Number(line, "current_steps") is { } step && step <= lastStep)
            {
                Add(_training, (int)step, Number(line, "loss"));
                Add(_evaluation, (int)step, Number(line, "eval_loss"));
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
        line[key] is JsonValue value && value.TryGetValue(out double number) && double.IsFinite(number) && Math.Abs(number) < int.MaxValue ? number : null;
}
