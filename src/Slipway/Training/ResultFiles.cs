using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Engine.Training;

namespace Slipway.Training;

/// <summary>What a finished run leaves beside its model: <c>train_results.json</c>, <c>eval_results.json</c> and both in one.</summary>
internal static class ResultFiles
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private const string TrainingName = "train_results.json", EvaluationName = "eval_results.json", AllName = "all_results.json";

    /// <summary>Removes those of an earlier run, so that nobody takes them for this one's.</summary>
    public static void Remove(string folder)
    {
        foreach (var name in new[] { TrainingName, EvaluationName, AllName })
        {
            File.Delete(Path.Combine(folder, name));
        }
    }

    /// <param name="folder">The run's folder.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="epoch">Passes over the data.</param>
    /// <param name="tokens">Tokens that were trained on.</param>
    public static void Write(string folder, TrainingOutcome outcome, double epoch, long tokens)
    {
        var seconds = outcome.Elapsed.TotalSeconds;
        var training = new JsonObject
        {
            ["epoch"] = epoch,
            ["num_input_tokens_seen"] = tokens,
            ["train_loss"] = Finite(outcome.Loss),
            ["train_runtime"] = Math.Round(seconds, 3),
            ["train_steps_per_second"] = seconds > 0 ? Math.Round(outcome.Step / seconds, 3) : null,
        };
        Write(folder, TrainingName, training);
        var all = (JsonObject)training.DeepClone();
        if (Finite(outcome.EvaluationLoss) is { } loss)
        {
            var evaluation = new JsonObject { ["epoch"] = epoch, ["eval_loss"] = loss, ["perplexity"] = Finite(Math.Exp(loss)) };
            Write(folder, EvaluationName, evaluation);
            all["eval_loss"] = loss;
            all["perplexity"] = Finite(Math.Exp(loss));
        }
        Write(folder, AllName, all);
    }

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private static void Write(string folder, string name, JsonObject results) =>
        File.WriteAllText(Path.Combine(folder, name), results.ToJsonString(Indented) + "\n");
}
