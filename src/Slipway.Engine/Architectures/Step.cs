namespace Slipway.Engine.Architectures;

/// <summary>The tokens of one pass through the model: for each sequence in it, a run of rows.</summary>
internal sealed class Step(int maxRows, int maxSpans)
{
    private readonly StepSpan[] _spans = new StepSpan[maxSpans];

    /// <summary>Token id of each row.</summary>
    public int[] Tokens { get; } = new int[maxRows];

    /// <summary>Position of each row in its sequence, from 0.</summary>
    public int[] Positions { get; } = new int[maxRows];

    /// <summary>Number of the span that each row belongs to.</summary>
    public int[] SpanOfRow { get; } = new int[maxRows];

    /// <summary>Rows whose logits are wanted, ascending.</summary>
    public int[] OutputRows { get; } = new int[maxSpans];

    public int Rows { get; private set; }

    public int Outputs { get; private set; }

    public int MaxRows => maxRows;

    public ReadOnlySpan<StepSpan> Spans => _spans.AsSpan(0, SpanCount);

    public int SpanCount { get; private set; }

    public void Clear() => (Rows, SpanCount, Outputs) = (0, 0, 0);

    /// <summary>Adds the next tokens of one sequence.</summary>
    /// <param name="tokens">Their ids.</param>
    /// <param name="position">Position of the first of them.</param>
    /// <param name="blocks">The sequence's cache blocks, long enough for the last position.</param>
    /// <param name="wantsLogits">Whether the logits after the last token are wanted.</param>
    /// <returns>The number of the logits row, or −1.</returns>
    public int Add(ReadOnlySpan<int> tokens, int position, int[] blocks, bool wantsLogits)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            Tokens[Rows + i] = tokens[i];
            Positions[Rows + i] = position + i;
            SpanOfRow[Rows + i] = SpanCount;
        }
        _spans[SpanCount++] = new StepSpan(Rows, tokens.Length, blocks);
        Rows += tokens.Length;
        if (!wantsLogits)
        {
            return -1;
        }
        OutputRows[Outputs] = Rows - 1;
        return Outputs++;
    }
}

/// <summary>Rows [First, First + Count) of a step, all of one sequence whose cache lies in <paramref name="Blocks"/>.</summary>
internal readonly record struct StepSpan(int First, int Count, int[] Blocks);
