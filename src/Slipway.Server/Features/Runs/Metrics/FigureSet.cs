namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>
/// The figures of one log entry, whatever wrote it. One set is used again and again; nothing is said of an entry before it was
/// read to its end.
/// </summary>
internal sealed class FigureSet(MetricNames names)
{
    private const int MostFigures = 256;

    private readonly List<(string Name, double Value)> _values = [];

    public IReadOnlyList<(string Name, double Value)> Values => _values;

    public long? Step { get; private set; }

    public long? TotalSteps { get; private set; }

    public double? Epoch { get; private set; }

    public double? Percentage { get; private set; }

    public TimeSpan? Remaining { get; private set; }

    /// <summary>Whether a trainer wrote this, and not a program that prints its settings.</summary>
    public bool IsOfTraining { get; private set; }

    public void Clear()
    {
        _values.Clear();
        (Step, TotalSteps, Epoch, Percentage, Remaining, IsOfTraining) = (null, null, null, null, null, false);
    }

    /// <summary>Reads one object's pairs; false when it is cut short.</summary>
    /// <param name="text">Begins with the brace.</param>
    /// <param name="takesQuoted">Whether <c>'0.5'</c> is a number.</param>
    public bool TryRead(ReadOnlySpan<byte> text, bool takesQuoted)
    {
        Clear();
        var pairs = new PairScanner(text);
        while (pairs.Next())
        {
            if (pairs.Key.SequenceEqual("remaining_time"u8))
            {
                Remaining = Figures.Span(pairs.Value);
            }
            else if ((takesQuoted || !pairs.IsQuoted) && Figures.TryNumber(pairs.Value, out var value))
            {
                Add(pairs.Key, value);
            }
        }
        return pairs.IsComplete;
    }

    public void Add(ReadOnlySpan<byte> key, double value)
    {
        switch (names.Find(key))
        {
            case null or "elapsed_time":
                break;
            case "current_steps" or "step" or "global_step":
                Step = Figures.Count(value) ?? Step;
                break;
            case "total_steps" or "max_steps":
                TotalSteps = Figures.Count(value) ?? TotalSteps;
                break;
            case "percentage":
                Percentage = double.IsFinite(value) ? value : null;
                break;
            case "epoch":
                Epoch = double.IsFinite(value) && value >= 0 ? value : null;
                Keep("epoch", value);
                break;
            case var name:
                Keep(name, value);
                break;
        }
    }

    private void Keep(string name, double value)
    {
        IsOfTraining |= name is "epoch" or "loss" or "learning_rate"
            || name.StartsWith("eval_", StringComparison.Ordinal) || name.StartsWith("train_", StringComparison.Ordinal);
        if (_values.Count < MostFigures)
        {
            _values.Add((name, value));
        }
    }
}
