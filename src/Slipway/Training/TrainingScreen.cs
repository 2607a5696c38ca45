using System.Globalization;
using Slipway.Engine.Training;

namespace Slipway.Training;

/// <summary>
/// Tells a run's progress: on a terminal a bar in the last line, drawn anew with each step, and elsewhere a line for each
/// logged step.
/// </summary>
/// <param name="output">Where to.</param>
/// <param name="columns">Width of the terminal; null where there is none.</param>
internal sealed class TrainingScreen(TextWriter output, Func<int>? columns)
{
    private const int LongestSample = 2000;
    private const int WidestBar = 30;

    private readonly Lock _gate = new(); // Signals speak from a thread of their own.
    private int _drawn;

    public void Show(TrainingEvent occurrence)
    {
        switch (occurrence)
        {
            case TrainingStarted started:
                Say(Describe(started));
                break;
            case StepDone step when columns is not null:
                Draw(step, columns());
                break;
            case StepDone { IsLogged: true } step:
                Say($"step {step.Step}/{step.TotalSteps}  {Numbers(step)}  {step.Elapsed.ToLogText()} gone, {step.Remaining.ToLogText()} left");
                break;
            case EvaluationDone evaluation:
                Say($"step {evaluation.Step}/{evaluation.TotalSteps}  evaluation loss {Loss(evaluation.Loss)}  epoch {Short(evaluation.Epoch)}");
                break;
            case SampleMade sample:
                Say($"step {sample.Step}  {sample.Prompt}\n  → {Shorten(sample.Text).ReplaceLineEndings("\n    ")}");
                break;
            case CheckpointSaved checkpoint:
                Say($"step {checkpoint.Step}  checkpoint in {checkpoint.Folder}");
                break;
            case ModelWritten model:
                Say($"written: {model.Path}");
                break;
        }
    }

    /// <summary>A line above the bar.</summary>
    public void Say(string text)
    {
        lock (_gate)
        {
            Clear();
            output.WriteLine(text);
            output.Flush();
        }
    }

    private static string Describe(TrainingStarted started)
    {
        var invariant = CultureInfo.InvariantCulture;
        var held = started.EvaluationExamples > 0 ? string.Create(invariant, $", {started.EvaluationExamples:N0} held out") : "";
        var moving = started.TrainableParameters < started.Parameters ? string.Create(invariant, $", {started.TrainableParameters:N0} of them move") : "";
        var from = started.ResumedStep > 0 ? string.Create(invariant, $"going on from step {started.ResumedStep:N0} to") : "to take";
        return string.Create(invariant, $"{started.Examples:N0} examples{held}; {started.Parameters:N0} weights{moving}; {from} {started.TotalSteps:N0} steps");
    }

    private static string Numbers(StepDone step) => string.Create(
        CultureInfo.InvariantCulture, $"loss {Loss(step.Loss)}  lr {step.LearningRate:0.00e+00}  {step.TokensPerSecond:N0} tokens/s  epoch {Short(step.Epoch)}");

    private static string Loss(double loss) => loss.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Short(double number) => number.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Shorten(string text) => text.Length <= LongestSample ? text : text[..LongestSample] + "…";

    private void Draw(StepDone step, int width)
    {
        var share = step.TotalSteps > 0 ? Math.Clamp((double)step.Step / step.TotalSteps, 0, 1) : 1;
        var numbers = $" {step.Step}/{step.TotalSteps}  {Numbers(step)}  {step.Remaining.ToLogText()} left";
        var cells = Math.Clamp(width - numbers.Length - 1, 0, WidestBar);
        var full = (int)Math.Round(share * cells);
        var line = $"{new string('━', full)}{new string('─', cells - full)}{numbers}";
        line = line.Length < width ? line : line[..Math.Max(0, width - 1)]; // A full line would wrap and scroll.
        lock (_gate)
        {
            output.Write($"\r{line.PadRight(Math.Min(_drawn, Math.Max(0, width - 1)))}");
            output.Flush();
            _drawn = line.Length;
        }
    }

    private void Clear()
    {
        if (_drawn > 0)
        {
            output.Write($"\r{new string(' ', _drawn)}\r");
            _drawn = 0;
        }
    }
}
