using Slipway.Engine.Kernels.Gemm;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Training.Operations;

/// <summary>
/// Attention of each segment to itself, and its derivative, in blocks of queries; probabilities are computed again in the
/// backward pass from the stored logarithms of their sums (Dao et al. 2022, arXiv:2205.14135).
/// </summary>
/// <remarks>
/// For P = softmax(scale·Q·Kᵀ) and g = ∂L/∂O: ∂L/∂V = Pᵀ·g, ∂L/∂P = g·Vᵀ, and with D = rowsum(g∘O)
/// ∂L/∂S = P∘(∂L/∂P − D), ∂L/∂Q = scale·∂L/∂S·K, ∂L/∂K = scale·∂L/∂Sᵀ·Q.
/// </remarks>
internal sealed unsafe class CausalAttention : IDisposable
{
    private const int Block = 64;
    private readonly int _headLength;
    private readonly int _queryStride;
    private readonly int _keyStride;
    private readonly float _scale;
    private readonly NativeBuffer<float>[] _scores;
    private readonly NativeBuffer<float>[] _scoreGradients;

    public CausalAttention(int heads, int keyHeads, int headLength, int workers, int longest)
    {
        (_headLength, _queryStride, _keyStride) = (headLength, heads * headLength, keyHeads * headLength);
        _scale = 1 / MathF.Sqrt(headLength);
        _scores = [.. Enumerable.Range(0, workers).Select(_ => new NativeBuffer<float>((long)Block * longest))];
        _scoreGradients = [.. Enumerable.Range(0, workers).Select(_ => new NativeBuffer<float>((long)Block * longest))];
    }

    /// <summary>One query head over one segment.</summary>
    /// <param name="scratch">The worker's own.</param>
    /// <param name="worker">Its number.</param>
    /// <param name="length">Rows of the segment.</param>
    /// <param name="head">The head's first columns in the segment's first rows.</param>
    public void Forward(GemmScratch scratch, int worker, int length, in AttentionHead head)
    {
        var scores = _scores[worker].Pointer;
        for (var first = 0; first < length; first += Block)
        {
            var rows = Math.Min(Block, length - first);
            var keys = first + rows;
            ComputeScores(scratch, head, first, rows, keys, scores);
            for (var i = 0; i < rows; i++)
            {
                var seen = first + i + 1;
                var row = scores + ((long)i * keys);
                var shift = VectorMath.Max(row, seen) * _scale;
                var sum = VectorMath.ExpShifted(row, _scale, shift, seen);
                VectorMath.Scale(row, 1 / sum, seen);
                new Span<float>(row + seen, keys - seen).Clear();
                head.LogSums[(long)(first + i) * head.LogSumStride] = shift + MathF.Log(sum);
            }
            scratch.Multiply(new GemmProduct(rows, _headLength, keys)
            {
                A = new MatrixView(scores, keys),
                B = new MatrixView(head.Value, _keyStride),
                C = head.Output + ((long)first * _queryStride),
                Stride = _queryStride,
            });
        }
    }

    /// <summary>Writes the query's gradient; adds to the key's and the value's.</summary>
    public void Backward(GemmScratch scratch, int worker, int length, in AttentionHead head, in AttentionHead gradient)
    {
        var p = _scores[worker].Pointer;
        var g = _scoreGradients[worker].Pointer;
        for (var first = 0; first < length; first += Block)
        {
            var rows = Math.Min(Block, length - first);
            var keys = first + rows;
            ComputeScores(scratch, head, first, rows, keys, p);
            var outputGradient = gradient.Output + ((long)first * _queryStride);
            scratch.Multiply(new GemmProduct(rows, keys, _headLength)
            {
                A = new MatrixView(outputGradient, _queryStride),
                B = new MatrixView(head.Value, _keyStride).Transposed,
                C = g,
                Stride = keys,
            });
            for (var i = 0; i < rows; i++)
            {
                DifferentiateRow(head, outputGradient + ((long)i * _queryStride), first + i, keys, p + ((long)i * keys), g + ((long)i * keys));
            }
            AddKeyGradients(scratch, head, gradient, first, rows, keys, p, g);
        }
    }

    public void Dispose()
    {
        Array.ForEach(_scores, buffer => buffer.Dispose());
        Array.ForEach(_scoreGradients, buffer => buffer.Dispose());
    }

    /// <summary>scores[rows][keys] = Q·Kᵀ, unscaled.</summary>
    private void ComputeScores(GemmScratch scratch, in AttentionHead head, int first, int rows, int keys, float* scores) =>
        scratch.Multiply(new GemmProduct(rows, keys, _headLength)
        {
            A = new MatrixView(head.Query + ((long)first * _queryStride), _queryStride),
            B = new MatrixView(head.Key, _keyStride).Transposed,
            C = scores,
            Stride = keys,
        });

    /// <summary>A row of scores becomes probabilities; the gradient of the probabilities becomes that of the scores.</summary>
    private void DifferentiateRow(in AttentionHead head, float* outputGradient, int row, int keys, float* p, float* g)
    {
        var seen = row + 1;
        VectorMath.ExpShifted(p, _scale, head.LogSums[(long)row * head.LogSumStride], seen);
        var along = VectorMath.Dot(outputGradient, head.Output + ((long)row * _queryStride), _headLength);
        VectorMath.MultiplyShifted(g, p, along, seen);
        new Span<float>(p + seen, keys - seen).Clear();
        new Span<float>(g + seen, keys - seen).Clear();
    }

    private void AddKeyGradients(
        GemmScratch scratch, in AttentionHead head, in AttentionHead gradient, int first, int rows, int keys, float* p, float* g)
    {
        var query = head.Query + ((long)first * _queryStride);
        scratch.Multiply(new GemmProduct(keys, _headLength, rows)
        {
            A = new MatrixView(p, keys).Transposed,
            B = new MatrixView(gradient.Output + ((long)first * _queryStride), _queryStride),
            C = gradient.Value,
            Stride = _keyStride,
            Accumulates = true,
        });
        scratch.Multiply(new GemmProduct(keys, _headLength, rows)
        {
            A = new MatrixView(g, keys).Transposed,
            B = new MatrixView(query, _queryStride),
            C = gradient.Key,
            Stride = _keyStride,
            Alpha = _scale,
            Accumulates = true,
        });
        scratch.Multiply(new GemmProduct(rows, _headLength, keys)
        {
            A = new MatrixView(g, keys),
            B = new MatrixView(head.Key, _keyStride),
            C = gradient.Query + ((long)first * _queryStride),
            Stride = _queryStride,
            Alpha = _scale,
        });
    }
}
