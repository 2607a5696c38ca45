using System.Runtime.Intrinsics;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Quantization;

/// <summary>Stores tensors anew on all threads, a few megabytes at a time.</summary>
/// <remarks>
/// Rows are whole blocks before and after, so a tensor is one run of blocks and is cut into pieces wherever blocks end.
/// Sums are added piece by piece in their order: the report does not depend on how many threads there are.
/// </remarks>
internal sealed unsafe class TensorConverter : IDisposable
{
    /// <summary>Values that a thread works on at once: a multiple of every block length, and small enough for its cache.</summary>
    private const int PieceValues = 16_384;

    /// <summary>Pieces between two writes: at most 16 MiB of results.</summary>
    private const int ChunkPieces = 256;

    private readonly bool _measures;
    private readonly WorkerTeam _team;
    private readonly RangeTask _task = new();
    private readonly Worker[] _workers;
    private readonly Piece[] _pieces = new Piece[ChunkPieces];
    private readonly NativeBuffer<byte> _results = new((long)ChunkPieces * PieceValues * sizeof(float));

    public TensorConverter(int threads, bool measures)
    {
        _measures = measures;
        _team = new WorkerTeam(threads);
        _workers = [.. Enumerable.Range(0, threads).Select(_ => new Worker())];
    }

    /// <summary>Writes a tensor.</summary>
    /// <param name="stream">Gets the bytes.</param>
    /// <param name="step">Which tensor, and what it becomes.</param>
    /// <param name="advance">Called with the count of values that were written since the last call.</param>
    /// <param name="cancellationToken">Ends the work between two chunks.</param>
    /// <exception cref="ModelFormatException">A value is not a number, infinite, or too large for the format.</exception>
    public QuantizedTensor Convert(Stream stream, QuantizationPlan.Step step, Action<long> advance, CancellationToken cancellationToken)
    {
        var values = step.Tensor.ElementCount;
        double error = 0, norm = 0;
        for (var first = 0L; first < values; first += (long)ChunkPieces * PieceValues)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = Math.Min(values - first, (long)ChunkPieces * PieceValues);
            var pieces = (int)((count + PieceValues - 1) / PieceValues);
            _task.Run(_team, pieces, 1, (worker, piece, _) =>
            {
                var at = (long)piece * PieceValues;
                _pieces[piece] = Convert(_workers[worker], step, first + at, (int)Math.Min(PieceValues, count - at), _results.Pointer + step.To.RowBytes(at));
            });
            foreach (var piece in _pieces.AsSpan(0, pieces))
            {
                (error, norm) = (error + piece.SquaredError, norm + piece.SquaredNorm);
                ThrowIfUnfit(step, piece);
            }
            stream.Write(new ReadOnlySpan<byte>(_results.Pointer, (int)step.To.RowBytes(count)));
            advance(count);
        }
        return new QuantizedTensor
        {
            Name = step.Tensor.Name,
            Dimensions = step.Tensor.Dimensions,
            From = step.Tensor.Type,
            To = step.To,
            SquaredError = _measures ? error : null,
            SquaredNorm = _measures ? norm : null,
        };
    }

    public void Dispose()
    {
        _team.Dispose();
        _results.Dispose();
        Array.ForEach(_workers, worker => worker.Dispose());
    }

    private Piece Convert(Worker worker, QuantizationPlan.Step step, long first, int count, byte* target)
    {
        var (from, to) = (step.Tensor.Type, step.To);
        var source = step.Tensor.Data + from.RowBytes(first);
        Dequantizer.Row(from, source, worker.Values, count);
        var values = new ReadOnlySpan<float>(worker.Values, count);
        // What is only copied needs no room in the format; that it is a number is asked of all.
        var unfit = RowEncoder.FindUnfit(from == to ? GgmlType.F32 : to, values);
        if (unfit >= 0)
        {
            return new Piece { Unfit = first + unfit, UnfitValue = values[unfit] };
        }
        var bytes = new Span<byte>(target, (int)to.RowBytes(count));
        if (from == to)
        {
            new ReadOnlySpan<byte>(source, bytes.Length).CopyTo(bytes);
        }
        else
        {
            worker.Encoder.Encode(to, values, bytes);
        }
        return _measures ? Measure(worker, to, target, count) : new Piece();
    }

    private static Piece Measure(Worker worker, GgmlType to, byte* bytes, int count)
    {
        Dequantizer.Row(to, bytes, worker.ReadBack, count);
        Vector256<double> error = default, norm = default;
        var i = 0;
        for (; i <= count - 4; i += 4)
        {
            var value = Widen(worker.Values + i);
            var difference = Widen(worker.ReadBack + i) - value;
            (error, norm) = (error + (difference * difference), norm + (value * value));
        }
        var piece = new Piece { SquaredError = Sum(error), SquaredNorm = Sum(norm) };
        for (; i < count; i++)
        {
            double value = worker.Values[i], difference = worker.ReadBack[i] - value;
            piece = piece with { SquaredError = piece.SquaredError + (difference * difference), SquaredNorm = piece.SquaredNorm + (value * value) };
        }
        return piece;
    }

    private static Vector256<double> Widen(float* values)
    {
        var (low, high) = Vector128.Widen(Vector128.Load(values));
        return Vector256.Create(low, high);
    }

    private static double Sum(Vector256<double> sums) => sums[0] + sums[1] + sums[2] + sums[3];

    private static void ThrowIfUnfit(QuantizationPlan.Step step, Piece piece)
    {
        if (piece.Unfit is not { } at)
        {
            return;
        }
        var (row, column) = Math.DivRem(at, step.Tensor.Dimensions[0]);
        throw RowEncoder.UnfitFault(step.To, step.Tensor.Name, row, column, piece.UnfitValue);
    }

    /// <summary>What a piece says when it is done.</summary>
    private readonly record struct Piece
    {
        public double SquaredError { get; init; }

        public double SquaredNorm { get; init; }

        public long? Unfit { get; init; }

        public float UnfitValue { get; init; }
    }

    /// <summary>What a thread needs for itself.</summary>
    private sealed class Worker : IDisposable
    {
        private readonly NativeBuffer<float> _values = new(2 * PieceValues);

        public RowEncoder Encoder { get; } = new(KernelTable.Choose());

        public float* Values => _values.Pointer;

        public float* ReadBack => _values.Pointer + PieceValues;

        public void Dispose()
        {
            Encoder.Dispose();
            _values.Dispose();
        }
    }
}
