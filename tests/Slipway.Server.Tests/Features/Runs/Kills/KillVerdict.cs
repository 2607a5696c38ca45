using System.Text.RegularExpressions;
using Slipway.Client.Runs;

namespace Slipway.Server.Tests.Features.Runs.Kills;

/// <summary>Compares what the last server tells of a run with what its processes have noted. Faults are sentences.</summary>
internal sealed partial class KillVerdict(KillGround ground, IReadOnlySet<(string Run, int Attempt)> asked, HttpClient http)
{
    private const int PageLength = 5000;

    private readonly KillRecords _records = new(ground.DataFolder);
    private readonly List<string> _faults = [];
    private string _title = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public IReadOnlyList<string> Faults => _faults;

    public long LinesCompared { get; private set; }

    public long FiguresCompared { get; private set; }

    public async Task ExamineAsync(RunDetail run)
    {
        _title = $"{run.Id} ({run.Executor} {run.Parameters.GetValueOrDefault(RunPlan.Parameter)})";
        var lines = await LogAsync(run.Id);
        Hold(lines.Count == run.LogCount, $"log_count is {run.LogCount}, and there are {lines.Count} lines");
        Hold(lines.Select((line, place) => line.Line == place + 1).All(isSo => isSo), "lines are not numbered one after the other");
        var attempts = await _records.AttemptsAsync(run.Id);
        for (var attempt = 1; attempt <= run.Attempt; attempt++)
        {
            var states = await _records.StatesAsync(run.Id, attempt);
            Hold(LegalPath().IsMatch(states), $"attempt {attempt} went through {states}");
            var code = (int?)attempts.Find(one => one.Number == attempt)?.ExitCode;
            var output = lines.Where(line => line.Source == "output" && line.Attempt == attempt).Select(line => line.Text).ToList();
            if (run.Executor == "builtin")
            {
                await ExamineTrainingAsync(run, attempt, states.Split(' ')[^1], code);
            }
            else
            {
                await ExamineAsync(run, attempt, states.Split(' ')[^1], code, output);
            }
        }
        Hold(run.ExitCode == (int?)attempts.Find(one => one.Number == run.Attempt)?.ExitCode, "its exit code is not that of its last attempt");
    }

    private async Task ExamineAsync(RunDetail run, int attempt, string status, int? code, List<string> output)
    {
        var wasAsked = asked.Contains((run.Id, attempt));
        if (Truth.Of(ground.TruthFolder, run.Id, attempt) is not { } truth)
        {
            var isAbsent = run.Parameters[RunPlan.Parameter].StartsWith("absent", StringComparison.Ordinal);
            Hold((wasAsked && status == RunStatuses.Cancelled) || (isAbsent && status == RunStatuses.Failed), $"attempt {attempt} never ran and is {status}");
            Hold(output.Count == 0 || isAbsent, $"attempt {attempt} never ran and has printed {output.Count} lines");
            return;
        }
        Hold(truth.Starts == 1, $"attempt {attempt} was started {truth.Starts} times");
        var isCancelled = wasAsked && status == RunStatuses.Cancelled;
        Hold(
            truth.End is { } end
                ? isCancelled ? code is null or 137 or 143 || code == end : code == end && status == (end == 0 ? RunStatuses.Succeeded : RunStatuses.Failed)
                : isCancelled,
            $"attempt {attempt} is {status} with {code}, asked {wasAsked}; in truth {truth}");
        // A pod that is told to end takes its log with it; what was not read by then is nowhere.
        CompareLines(attempt, truth, output, mayLackLast: isCancelled && run.Executor == "kubernetes");
        await CompareFiguresAsync(run.Id, attempt, output.Count(line => line.StartsWith("{'", StringComparison.Ordinal)));
        if (truth.End is not null && attempt == run.Attempt && !isCancelled)
        {
            await ExamineArtifactAsync(run);
        }
    }

    private void CompareLines(int attempt, Truth truth, List<string> output, bool mayLackLast)
    {
        if (truth.End is null && output.Count > 0 && output[^1] != Truth.Line(output.Count))
        {
            output.RemoveAt(output.Count - 1); // Cut in the middle.
        }
        LinesCompared += output.Count;
        var wrong = Enumerable.Range(0, output.Count).FirstOrDefault(place => output[place] != Truth.Line(place + 1), -1);
        Hold(wrong < 0, $"line {wrong + 1} of attempt {attempt} is '{(wrong < 0 ? "" : output[wrong])}'");
        var most = truth.End is null ? truth.Lines + Truth.NoteEach : truth.Lines;
        Hold(
            output.Count <= most && (output.Count >= truth.Lines || mayLackLast),
            $"attempt {attempt} has {output.Count} lines; in truth {truth}");
    }

    private async Task CompareFiguresAsync(string id, int attempt, int expected)
    {
        using var answer = await http.GetAsync($"/runs/{id}/metrics?name=loss&attempt={attempt}", Token);
        var points = await TrainingServer.ReadAsync<List<RunMetricPoint>>(answer);
        FiguresCompared += points.Count;
        var epochs = Enumerable.Range(1, expected).Select(number => (double?)(number * Truth.FigureEach));
        Hold(epochs.SequenceEqual(points.Select(point => point.Epoch)), $"attempt {attempt} has {points.Count} figures of {expected}");
    }

    private async Task ExamineArtifactAsync(RunDetail run)
    {
        using var answer = await http.GetAsync($"/runs/{run.Id}/artifacts", Token);
        var artifacts = await TrainingServer.ReadAsync<List<RunArtifact>>(answer);
        var models = artifacts.Where(one => one.Name == "model.bin" && one.Attempt == run.Attempt).ToList();
        Hold(models.Count == 1, $"there are {models.Count} artifacts of the last attempt");
        if (models.Count == 1)
        {
            var text = await http.GetStringAsync($"/runs/{run.Id}/artifacts/{models[0].Id}/content", Token);
            Hold(text == run.Id, $"the artifact holds '{text}'");
        }
    }

    /// <summary>Our own trainer tells the truth in the log that it leaves in its output.</summary>
    private async Task ExamineTrainingAsync(RunDetail run, int attempt, string status, int? code)
    {
        var isCancelled = asked.Contains((run.Id, attempt)) && status == RunStatuses.Cancelled;
        Hold(isCancelled || (status, code) == (RunStatuses.Succeeded, 0), $"attempt {attempt} of a training is {status} with {code}");
        var path = Path.Combine(ground.DataFolder, "runs", run.Id, $"{attempt}", "output", "trainer_log.jsonl");
        var steps = File.Exists(path) ? (await File.ReadAllLinesAsync(path, Token)).Count(line => line.Contains("\"loss\"", StringComparison.Ordinal)) : 0;
        using var answer = await http.GetAsync($"/runs/{run.Id}/metrics?name=loss&attempt={attempt}", Token);
        var points = await TrainingServer.ReadAsync<List<RunMetricPoint>>(answer);
        FiguresCompared += points.Count;
        Hold(points.Count == steps, $"attempt {attempt} of a training has {points.Count} figures, and wrote {steps}");
    }

    private async Task<List<RunLogLine>> LogAsync(string id)
    {
        List<RunLogLine> all = [];
        for (List<RunLogLine>? page = null; page is not { Count: 0 }; all.AddRange(page))
        {
            using var answer = await http.GetAsync($"/runs/{id}/logs?limit={PageLength}&offset={all.Count}", Token);
            page = await TrainingServer.ReadAsync<List<RunLogLine>>(answer);
        }
        return all;
    }

    private void Hold(bool isSo, string otherwise)
    {
        if (!isSo)
        {
            _faults.Add($"{_title}: {otherwise}");
        }
    }

    [GeneratedRegex("^queued( starting( running)?)? (succeeded|failed|cancelled|lost)$")]
    private static partial Regex LegalPath();
}
