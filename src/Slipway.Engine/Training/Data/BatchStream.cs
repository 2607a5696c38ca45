namespace Slipway.Engine.Training.Data;

/// <summary>
/// An endless stream of micro-batches, decided by the seed alone. Every epoch has every example once, in an order of its
/// own; its last batch may be smaller.
/// </summary>
/// <param name="set">The examples.</param>
/// <param name="batchSize">Rows of a micro-batch, at least 1.</param>
/// <param name="cutoffLength">Tokens of a row, with packing.</param>
/// <param name="packing">
/// Whether a row is filled with consecutive examples of the order until the next does not fit; else a row is one example.
/// </param>
/// <param name="seed">Decides the order.</param>
internal sealed class BatchStream(ExampleSet set, int batchSize, int cutoffLength, bool packing, long seed)
{
    private (int Epoch, int[] Order)? _order;
    private DataPosition _position = new(0, 0);

    /// <summary>Examples read so far, in passes over the set.</summary>
    public double Epoch => _position.Epoch + ((double)_position.Index / set.Count);

    /// <summary>Batches of the first epoch. With packing later ones may have some more or fewer.</summary>
    public int BatchesPerEpoch => CountBatches(SeededOrder.Create(set.Count, seed, round: 0));

    /// <summary>Where the next batch begins; a stream that is set to it goes on with the same batches.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The set has no such place.</exception>
    public DataPosition Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value.Epoch, nameof(value));
            ArgumentOutOfRangeException.ThrowIfNegative(value.Index, nameof(value));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value.Index, set.Count, nameof(value));
            _position = value;
        }
    }

    /// <summary>The next micro-batch.</summary>
    /// <exception cref="InvalidOperationException">The set is empty.</exception>
    /// <exception cref="TrainingDataException">A file was changed since it was opened.</exception>
    public IReadOnlyList<EncodedExample> Next()
    {
        if (set.Count == 0)
        {
            throw new InvalidOperationException("The set has no examples; there is no batch of them.");
        }

        var order = OrderOf(_position.Epoch);
        var end = EndOfBatch(order, _position.Index);
        var batch = Read(order, _position.Index, end);
        _position = end == order.Length ? new DataPosition(_position.Epoch + 1, 0) : new DataPosition(_position.Epoch, end);
        return batch;
    }

    /// <summary>All examples once, as they stand in the files; the position stays where it is.</summary>
    public IEnumerable<IReadOnlyList<EncodedExample>> InOrder()
    {
        int[] order = [.. Enumerable.Range(0, set.Count)];
        for (int start = 0, end; start < order.Length; start = end)
        {
            end = EndOfBatch(order, start);
            yield return Read(order, start, end);
        }
    }

    private EncodedExample[] Read(int[] order, int start, int end) => [.. order[start..end].Select(index => set[index])];

    private int CountBatches(int[] order)
    {
        var count = 0;
        for (var start = 0; start < order.Length; count++)
        {
            start = EndOfBatch(order, start);
        }

        return count;
    }

    private int EndOfBatch(int[] order, int start)
    {
        var end = start;
        for (var row = 0; row < batchSize && end < order.Length; row++)
        {
            var length = set.LengthOf(order[end++]);
            while (packing && end < order.Length && (length += set.LengthOf(order[end])) <= cutoffLength)
            {
                end++;
            }
        }

        return end;
    }

    private int[] OrderOf(int epoch)
    {
        if (_order is not { } known || known.Epoch != epoch)
        {
            _order = known = (epoch, SeededOrder.Create(set.Count, seed, epoch));
        }

        return known.Order;
    }
}
