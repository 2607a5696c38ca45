using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Engine.Training;

namespace Slipway.Training;

/// <summary>
/// <c>trainer_log.jsonl</c>: a line for every logged step and evaluation, in the form that LLaMA-Factory's readers know.
/// Each line is on the disk's side of the process before the next step begins.
/// </summary>
internal sealed class TrainerLog : IDisposable
{
    public const string FileName = "trainer_log.jsonl";

    private const int LossDigits = 4;

    private readonly FileStream _file;

    private TrainerLog(FileStream file) => _file = file;

    /// <summary>Opens the log of a folder: a new one, or after a resume the old one, less a last line that a crash cut short.</summary>
    public static TrainerLog Open(string folder, bool continues)
    {
        var path = Path.Combine(folder, FileName);
        var file = new FileStream(path, continues ? FileMode.OpenOrCreate : FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        file.SetLength(EndOfLastLine(file));
        file.Seek(0, SeekOrigin.End);
        return new TrainerLog(file);
    }

    /// <summary>The lines of a log that are whole; none where there is no log.</summary>
    public static IEnumerable<JsonObject> Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        foreach (var line in File.Exists(path) ? File.ReadLines(path) : [])
        {
            JsonObject? entry = null;
            try
            {
                entry = JsonNode.Parse(line) as JsonObject;
            }
            catch (JsonException)
            {
                continue; // Cut short by a crash, or another program's: not a line of ours.
            }
            if (entry is not null)
            {
                yield return entry;
            }
        }
    }

    public void Write(StepDone step) => Write(
        step.Step, step.TotalSteps, step.Epoch, step.Elapsed, step.Remaining,
        ("loss", Fixed(step.Loss)), ("lr", Shortest(step.LearningRate)),
        ("throughput", Fixed(step.TokensPerSecond, 2)), ("total_tokens", step.TotalTokens.ToString(CultureInfo.InvariantCulture)));

    public void Write(EvaluationDone evaluation) => Write(
        evaluation.Step, evaluation.TotalSteps, evaluation.Epoch, evaluation.Elapsed, evaluation.Remaining, ("eval_loss", Fixed(evaluation.Loss)));

    /// <summary>The last line: no loss, and nothing left to do.</summary>
    public void WriteEnd(TrainingOutcome outcome, double epoch) =>
        Write(outcome.Step, outcome.TotalSteps, epoch, outcome.Elapsed, TimeSpan.Zero);

    public void Dispose() => _file.Dispose();

    private static long EndOfLastLine(FileStream file)
    {
        var buffer = new byte[4096];
        for (var end = file.Length; end > 0;)
        {
            var start = Math.Max(0, end - buffer.Length);
            file.Seek(start, SeekOrigin.Begin);
            file.ReadExactly(buffer, 0, (int)(end - start));
            if (buffer.AsSpan(0, (int)(end - start)).LastIndexOf((byte)'\n') is >= 0 and var newline)
            {
                return start + newline + 1;
            }
            end = start;
        }
        return 0;
    }

    /// <summary>The order of keys and the blanks are those of the format; a value that is null is left out.</summary>
    private void Write(int step, int totalSteps, double epoch, TimeSpan elapsed, TimeSpan remaining, params (string Key, string? Value)[] values)
    {
        var percentage = totalSteps > 0 ? 100.0 * step / totalSteps : 100;
        (string Key, string? Value)[] all =
        [
            ("current_steps", step.ToString(CultureInfo.InvariantCulture)),
            ("total_steps", totalSteps.ToString(CultureInfo.InvariantCulture)),
            .. values.Take(2),
            ("epoch", Fixed(epoch)),
            ("percentage", Fixed(percentage, 2)),
            ("elapsed_time", $"\"{elapsed.ToLogText()}\""),
            ("remaining_time", $"\"{remaining.ToLogText()}\""),
            .. values.Skip(2),
        ];
        var line = string.Join(", ", all.Where(pair => pair.Value is not null).Select(pair => $"\"{pair.Key}\": {pair.Value}"));
        _file.Write(Encoding.UTF8.GetBytes($"{{{line}}}\n"));
        _file.Flush();
    }

    private static string? Fixed(double value, int digits = LossDigits) =>
        double.IsFinite(value) ? Shortest(Math.Round(value, digits, MidpointRounding.AwayFromZero)) : null;

    /// <summary>As short as it can be and read back as the same number; JSON knows no NaN and no infinity.</summary>
    private static string? Shortest(double value)
    {
        if (!double.IsFinite(value))
        {
            return null;
        }
        var text = value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
        return text.AsSpan().ContainsAny('.', 'e') ? text : text + ".0";
    }
}
