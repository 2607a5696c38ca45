using System.Buffers;
using System.Text;
using Slipway.Server.Features.Runs.Logs;

namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>
/// Gathers an attempt's figures from everything that tells of them. Nothing is made up: a figure whose step nobody has said has
/// none. Not for two threads at a time.
/// </summary>
/// <param name="clock">For the time that steps take.</param>
/// <param name="isResumed">Whether the attempt went on from a checkpoint: what it says of the time left is then too little.</param>
/// <param name="state">What the one before has saved.</param>
internal sealed partial class MetricReader(TimeProvider clock, bool isResumed, MetricState? state = null) : ILineSink
{
    /// <summary>No line with figures is longer; the rest of a longer one is not looked at.</summary>
    private const int LongestLine = 8 * 1024;

    private readonly MetricNames _names = new();
    private readonly MetricBoard _board = new((state ??= new()).Owners, state.Points);
    private readonly ProgressBoard _progress = new(state.Progress);
    private readonly StepRate _rate = new(clock);
    private readonly byte[] _phase = new byte[256];
    private readonly List<MetricPoint> _waiting = [.. state.Waiting];
    private bool _hasWaited;
    private FigureSet? _figures;
    private RunFacts _facts = state.Facts;
    private double _barTotal = state.BarTotal;
    private int _historyTaken = state.HistoryTaken;
    private int _phaseLength;
    private double _phaseShare;

    /// <summary>A complete line of the output.</summary>
    public void Line(ReadOnlySpan<byte> line)
    {
        line = line[..Math.Min(line.Length, LongestLine)];
        if (!AnsiText.HasCodes(line))
        {
            ReadLine(line);
            return;
        }
        var rented = ArrayPool<byte>.Shared.Rent(line.Length);
        ReadLine(AnsiText.Strip(line, rented));
        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>A state of a bar in the output.</summary>
    public void Frame(ReadOnlySpan<byte> frame)
    {
        if (BarFrame.TryRead(frame[..Math.Min(frame.Length, LongestLine)], out var bar))
        {
            ReadBar(bar);
        }
    }

    /// <summary>A complete line of <c>trainer_log.jsonl</c>.</summary>
    public void TrainerLog(ReadOnlySpan<byte> line)
    {
        var figures = _figures ??= new(_names);
        if (line.Length > LongestLine || !figures.TryRead(line.Trim(" \t\r"u8), takesQuoted: false))
        {
            return;
        }
        _phaseLength = 0;
        _board.Offer(figures, MetricSource.TrainerLog);
        var share = figures.Step is { } step && figures.TotalSteps is > 0 and var total ? (double)step / total : figures.Percentage / 100;
        _progress.Offer(MetricSource.TrainerLog, share, figures.Step, figures.TotalSteps, figures.Epoch, figures.Remaining);
    }

    /// <summary>What the job has told. Names that are no names, and numbers that are none, are passed over.</summary>
    public void Pushed(double? progress, long? step, long? totalSteps, double? epoch, TimeSpan? remaining, IEnumerable<KeyValuePair<string, double>> figures)
    {
        foreach (var (key, value) in figures)
        {
            if (_names.Find(key) is { } name)
            {
                _board.Offer(new(name, step, value, MetricSource.Pushed, epoch));
            }
        }
        progress ??= step is { } done && totalSteps is > 0 and var total ? (double)done / total : null;
        _progress.Offer(MetricSource.Pushed, progress, step, totalSteps, epoch, remaining);
    }

    /// <summary>What is new, and how far the run is now. To be called about every second while something is read.</summary>
    /// <param name="isLast">Whether nothing more will come: nothing waits then for its step.</param>
    public MetricBatch Take(bool isLast)
    {
        if (isLast || _hasWaited)
        {
            Settle(step: null);
        }
        _hasWaited = _waiting.Count > 0;
        var now = _progress.State;
        if (now.Step is { } step)
        {
            _rate.Observe(step.Value);
        }
        var estimate = now is { Step: { } done, TotalSteps: { } total } ? _rate.For(total.Value - done.Value) : null;
        var phase = _phaseLength == 0 ? null : $"{Encoding.UTF8.GetString(_phase.AsSpan(0, _phaseLength))} {Math.Floor(_phaseShare * 100):0}%";
        return new(_board.Take(), _progress.Mark(estimate, trustsLog: !isResumed), phase, _facts);
    }

    /// <summary>What is known. With what <see cref="Take"/> gave just before, nothing is missing and nothing is there twice.</summary>
    public MetricState Save() => new()
    {
        Owners = _board.Owners,
        Points = _board.Taken,
        Progress = _progress.State,
        Facts = _facts,
        Waiting = [.. _waiting],
        BarTotal = _barTotal,
        HistoryTaken = _historyTaken,
    };
}
