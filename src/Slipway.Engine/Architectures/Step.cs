namespace Slipway.Engine.Architectures;

/// <summary>The tokens of one pass through the model: for each sequence in it, a run of rows.</summary>
internal sealed class Step(int maxRows, int maxSpans, int maxOutputs)
{
    private readonly StepSpan[] _spans = new StepSpan[maxSpans];

    /// <summary>Token id of each row.</summary>
    public int[] Tokens { get; } = new int[maxRows];

    /// <summary>Position of each row in its sequence, from 0.</summary>
    public int[] Positions { get; } = new int[maxRows];

    /// <summary>Number of the span that each row belongs to.</summary>
    public int[] SpanOfRow { get; } = new int[maxRows];

    /// <summary>Rows whose logits are wanted, ascending.</summary>
    public int[] OutputRows { get; } = new int[maxOutputs];

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
    /// <param name="outputs">After how many of the last tokens the logits are wanted.</param>
    /// <returns>The number of the first logits row; the others follow it. −1 where none is wanted.</returns>
    public int Add(ReadOnlySpan<int> tokens, int position, int[] blocks, int outputs)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            Tokens[Rows + i] = tokens[i];
            Positions[Rows + i] = position + i;
            SpanOfRow[Rows + i] = SpanCount;
        }
        _spans[SpanCount++] = new StepSpan(Rows, tokens.Length, blocks);
        Rows += tokens.Length;
        var first = outputs > 0 ? Outputs : -1;
        for (var row = Rows - outputs; row < Rows; row++)
        {
            OutputRows[Outputs++] = row;
        }
        return first;
    }
}

/// <summary>Rows [First, First + Count) of a step, all of one sequence whose cache lies in <paramref name="Blocks"/>.</summary>
internal readonly record struct StepSpan(int First, int Count, int[] Blocks);
