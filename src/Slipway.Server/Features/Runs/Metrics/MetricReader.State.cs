namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>What a checkpoint tells.</summary>
internal sealed partial class MetricReader
{
    /// <summary>
    /// The whole of a <c>trainer_state.json</c>, of which entries that were taken before are passed over. One that is still being
    /// written is worth what stands in it up to there.
    /// </summary>
    public void TrainerState(ReadOnlySpan<byte> json)
    {
        var figures = new FigureSet(_names);
        var pairs = new PairScanner(json.TrimStart("\uFEFF \t\r\n"u8));
        while (pairs.Next())
        {
            if (pairs.Key.SequenceEqual("log_history"u8))
            {
                ReadHistory(pairs.Value);
            }
            else if (!pairs.IsQuoted && IsOfProgress(pairs.Key) && Figures.TryNumber(pairs.Value, out var value))
            {
                figures.Add(pairs.Key, value);
            }
        }
        var share = figures is { Step: { } step, TotalSteps: > 0 and var total } ? (double)step / total : (double?)null;
        _progress.Offer(MetricSource.TrainerState, share, figures.Step, figures.TotalSteps, figures.Epoch, null);
    }

    private static bool IsOfProgress(ReadOnlySpan<byte> key) =>
        key.SequenceEqual("global_step"u8) || key.SequenceEqual("max_steps"u8) || key.SequenceEqual("epoch"u8);

    private void ReadHistory(ReadOnlySpan<byte> list)
    {
        var figures = _figures ??= new(_names);
        var number = 0;
        while (list.IndexOf((byte)'{') is >= 0 and var begin)
        {
            list = list[begin..];
            var pairs = new PairScanner(list);
            while (pairs.Next())
            {
            }
            if (!pairs.IsComplete)
            {
                break;
            }
            number++;
            if (number > _historyTaken && figures.TryRead(list, takesQuoted: false))
            {
                _board.Offer(figures, MetricSource.TrainerState);
            }
            list = pairs.Rest;
        }
        _historyTaken = number;
    }
}
