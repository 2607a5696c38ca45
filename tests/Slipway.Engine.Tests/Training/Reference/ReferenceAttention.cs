namespace Slipway.Engine.Tests.Training.Reference;

/// <summary>Grouped-query attention of one row to a run of rows that ends with itself, and its derivative.</summary>
internal sealed unsafe class ReferenceAttention(
    ReferenceMatrix q, ReferenceMatrix k, ReferenceMatrix v, ReferenceMatrix y, int headLength)
{
    private readonly int _heads = q.Columns / headLength;
    private readonly int _group = q.Columns / k.Columns;
    private readonly double _scale = 1 / Math.Sqrt(headLength);

    public void Forward(int first, int last)
    {
        fixed (double* values = v.Value, outputs = y.Value)
        {
            for (var head = 0; head < _heads; head++)
            {
                var probabilities = Probabilities(first, last, head);
                for (var row = first; row <= last; row++)
                {
                    ReferenceTape.AddScaled(
                        probabilities[row - first], values + KeyAt(row, head), outputs + QueryAt(last, head), headLength);
                }
            }
        }
    }

    /// <summary>With p the probabilities and s the scores: ∂p_i / ∂s_j = p_i · ([i = j] − p_j).</summary>
    public void Backward(int first, int last)
    {
        fixed (double* queries = q.Value, keys = k.Value, values = v.Value, dOutputs = y.Gradient)
        fixed (double* dQueries = q.Gradient, dKeys = k.Gradient, dValues = v.Gradient)
        {
            for (var head = 0; head < _heads; head++)
            {
                var (p, query) = (Probabilities(first, last, head), QueryAt(last, head));
                var byProbability = new double[p.Length];
                var mean = 0.0;
                for (var row = first; row <= last; row++)
                {
                    var i = row - first;
                    byProbability[i] = ReferenceTape.Dot(dOutputs + query, values + KeyAt(row, head), headLength);
                    mean += p[i] * byProbability[i];
                    ReferenceTape.AddScaled(p[i], dOutputs + query, dValues + KeyAt(row, head), headLength);
                }
                for (var row = first; row <= last; row++)
                {
                    var byScore = p[row - first] * (byProbability[row - first] - mean) * _scale;
                    ReferenceTape.AddScaled(byScore, keys + KeyAt(row, head), dQueries + query, headLength);
                    ReferenceTape.AddScaled(byScore, queries + query, dKeys + KeyAt(row, head), headLength);
                }
            }
        }
    }

    private double[] Probabilities(int first, int last, int head)
    {
        var scores = new double[last - first + 1];
        fixed (double* queries = q.Value, keys = k.Value)
        {
            for (var row = first; row <= last; row++)
            {
                scores[row - first] = _scale * ReferenceTape.Dot(queries + QueryAt(last, head), keys + KeyAt(row, head), headLength);
            }
        }
        return ReferenceTape.Softmax(scores, out _);
    }

    private int QueryAt(int row, int head) => (row * q.Columns) + (head * headLength);

    private int KeyAt(int row, int head) => (row * k.Columns) + (head / _group * headLength);
}
