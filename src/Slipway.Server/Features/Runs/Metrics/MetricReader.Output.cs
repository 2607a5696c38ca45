namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>What the trainer prints.</summary>
internal sealed partial class MetricReader
{
    private void ReadLine(ReadOnlySpan<byte> line)
    {
        if (BarFrame.TryRead(line, out var bar))
        {
            ReadBar(bar);
            line = bar.Behind; // Two streams in one file: a log line often stands right behind a bar.
        }
        if (line.IndexOf("{'"u8) is >= 0 and var dict)
        {
            ReadDict(line[dict..]);
        }
        else if (line.IndexOf(" Step "u8) >= 0)
        {
            ReadStepLine(line);
        }
        else if (line.IndexOf(" = "u8) >= 0)
        {
            _facts = HeaderLine.Read(line, _facts);
        }
    }

    /// <summary>
    /// HF Trainer's dicts carry no step. The trainer writes them over its bar and draws the bar anew at once: the next state of the bar
    /// has the step. Two dicts without a bar between them came from no bar, or late through a buffer, and have none.
    /// </summary>
    private void ReadDict(ReadOnlySpan<byte> text)
    {
        var figures = _figures ??= new(_names);
        if (!figures.TryRead(text, takesQuoted: true) || !figures.IsOfTraining)
        {
            return;
        }
        Settle(step: null);
        var share = figures.Epoch / (_facts.Epochs > 0 ? _facts.Epochs : null);
        if (figures.Step is not null)
        {
            _board.Offer(figures, MetricSource.LogLine);
            _progress.Offer(MetricSource.LogLine, null, figures.Step, null, figures.Epoch, null);
            return;
        }
        // The bar says how far the run is by steps; epochs are for runs without one.
        _progress.Offer(MetricSource.LogLine, _barTotal > 0 ? null : share, null, _facts.TotalSteps, figures.Epoch, null);
        _hasWaited = false;
        foreach (var (name, value) in figures.Values)
        {
            _waiting.Add(new(name, null, value, MetricSource.LogLine, figures.Epoch));
        }
    }

    /// <summary>Gives out the figures that waited for a step.</summary>
    private void Settle(long? step)
    {
        foreach (var point in _waiting)
        {
            _board.Offer(point with { Step = step });
        }
        _waiting.Clear();
    }

    private void ReadStepLine(ReadOnlySpan<byte> line)
    {
        var figures = _figures ??= new(_names);
        if (!StepLine.TryRead(line, figures, out var remaining))
        {
            return;
        }
        _board.Offer(figures, MetricSource.LogLine);
        var share = figures is { Step: { } step, TotalSteps: > 0 and var total } ? (double)step / total : (double?)null;
        _progress.Offer(MetricSource.LogLine, share, figures.Step, figures.TotalSteps, figures.Epoch, remaining);
    }

    private void ReadBar(BarFrame bar)
    {
        if (!bar.Description.IsEmpty)
        {
            var description = bar.Description[..Math.Min(bar.Description.Length, _phase.Length)];
            description.CopyTo(_phase);
            (_phaseLength, _phaseShare) = (bar.Done < bar.Total ? description.Length : 0, Math.Clamp(bar.Done / bar.Total, 0, 1));
            return;
        }
        if (!IsOfTraining(bar.Total))
        {
            return;
        }
        _barTotal = bar.Total;
        _phaseLength = 0;
        var step = Figures.Count(bar.Done);
        Settle(step);
        _progress.Offer(MetricSource.ProgressBar, bar.Done / bar.Total, step, Figures.Count(bar.Total), null, bar.Remaining);
    }

    /// <summary>The training's bar counts what the header calls the total of steps. Without a header it is the one with the most to count.</summary>
    private bool IsOfTraining(double total) => _facts.TotalSteps is { } steps ? total == steps : total >= _barTotal;
}
