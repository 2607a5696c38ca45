using Slipway.Client.Runs;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary>A log on a terminal or in a pipe, and below it how far the run is.</summary>
internal sealed class RunView(LiveLine screen, LogWish wish)
{
    private const int BarCells = 24;

    private RunProgress? _progress;
    private string? _frame;

    public void Show(RunLogEvent occurrence)
    {
        switch (occurrence.Type)
        {
            case RunLogEventTypes.Line when occurrence.Line is { } line:
                Show([line]);
                break;
            case RunLogEventTypes.Progress:
                _progress = occurrence.Progress;
                screen.Draw(LastLine());
                break;
            case RunLogEventTypes.Frame:
                _frame = occurrence.Frame;
                screen.Draw(LastLine());
                break;
        }
    }

    public void Show(IEnumerable<RunLogLine> lines)
    {
        foreach (var line in lines.Where(wish.Wants))
        {
            if (wish.IsJson)
            {
                JsonLines.WriteAnswer(line);
            }
            else
            {
                screen.Say(line.Source == "slipway" ? $"[slipway] {CellText.OneLine(line.Text)}" : CellText.OneLine(line.Text));
            }
        }
    }

    private string LastLine()
    {
        if (_progress is not { } now)
        {
            return _frame ?? "";
        }
        if (now.Status != RunStatuses.Running)
        {
            return now.WaitingFor is { } wait ? $"{now.Status}: waits for {wait}" : now.Status;
        }
        // Before the first step, what the trainer itself shows tells more: weights that are read, tokens that are counted.
        return now.Progress > 0 || _frame is null ? Bar(now) : _frame;
    }

    private static string Bar(RunProgress now)
    {
        var full = (int)Math.Round(Math.Clamp(now.Progress, 0, 1) * BarCells);
        string[] parts =
        [
            $"{new string('━', full)}{new string('─', BarCells - full)} {Wording.Percent(now.Progress)}",
            .. now.Step is { } step ? [$"{step}{(now.TotalSteps is { } total ? $"/{total}" : "")}"] : Array.Empty<string>(),
            .. Figure(now, "loss"), .. Figure(now, "learning_rate"),
            .. now.Epoch is { } epoch ? [$"epoch {Wording.Number(epoch)}"] : Array.Empty<string>(),
            .. now.EtaSeconds is not null ? [$"{Wording.Seconds(now.EtaSeconds)} left"] : Array.Empty<string>(),
        ];
        return string.Join("  ", parts);
    }

    private static string[] Figure(RunProgress now, string name) =>
        now.Metrics.TryGetValue(name, out var value) ? [$"{name} {Wording.Number(value)}"] : [];
}
