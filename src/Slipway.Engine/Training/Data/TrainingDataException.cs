namespace Slipway.Engine.Training.Data;

/// <summary>Data files cannot be learned from; the message lists the first faults by file and line.</summary>
/// <param name="faults">The first ones; at least one.</param>
/// <param name="total">How many there are.</param>
public sealed class TrainingDataException(IReadOnlyList<DataFault> faults, int total) : Exception(Describe(faults, total))
{
    private const int Shown = 10;

    public TrainingDataException(DataFault fault)
        : this([fault], 1)
    {
    }

    /// <summary>The first ones, a hundred at most.</summary>
    public IReadOnlyList<DataFault> Faults { get; } = faults;

    /// <summary>How many lines are at fault.</summary>
    public int Total { get; } = total;

    private static string Describe(IReadOnlyList<DataFault> faults, int total)
    {
        var lines = faults.Take(Shown).Select(fault => fault.ToString());
        return string.Join('\n', total > Shown ? lines.Append($"… and {total - Shown} more.") : lines);
    }
}
