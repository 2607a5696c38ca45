namespace Slipway.Engine.Training.Data;

/// <summary>Examples side by side, as one forward pass takes them. No padding: segments have their own lengths.</summary>
internal sealed class TrainingBatch
{
    /// <summary>Marks a position whose next token does not count.</summary>
    public const int NoTarget = -1;

    /// <param name="examples">In order; at least one.</param>
    public TrainingBatch(IReadOnlyList<EncodedExample> examples)
    {
        var rows = examples.Sum(example => example.Tokens.Length);
        (Tokens, Targets, Positions) = (new int[rows], new int[rows], new int[rows]);
        Starts = new int[examples.Count + 1];
        var row = 0;
        for (var i = 0; i < examples.Count; i++)
        {
            var (tokens, learned) = examples[i];
            for (var position = 0; position < tokens.Length; position++, row++)
            {
                Tokens[row] = tokens[position];
                Positions[row] = position;
                var next = position + 1;
                Targets[row] = next < tokens.Length && learned[next] ? tokens[next] : NoTarget;
            }
            Starts[i + 1] = row;
        }
        TargetCount = Targets.Count(target => target != NoTarget);
    }

    public int Rows => Tokens.Length;

    /// <summary>[Rows] token ids.</summary>
    public int[] Tokens { get; }

    /// <summary>[Rows] the token that each row should predict, or <see cref="NoTarget"/>.</summary>
    public int[] Targets { get; }

    /// <summary>[Rows] position within the segment, from 0.</summary>
    public int[] Positions { get; }

    /// <summary>[segments + 1] first row of each segment, and Rows at the end.</summary>
    public int[] Starts { get; }

    /// <summary>Rows that have a target.</summary>
    public int TargetCount { get; }
}
