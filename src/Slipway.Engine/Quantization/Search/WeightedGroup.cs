namespace Slipway.Engine.Quantization.Search;

/// <summary>Values that share one scale, each with what its error counts. Memory that it does not own.</summary>
/// <param name="values">The values.</param>
/// <param name="weights">As many, none negative.</param>
/// <param name="count">A multiple of four.</param>
internal readonly unsafe struct WeightedGroup(float* values, float* weights, int count)
{
    public float* Values => values;

    public float* Weights => weights;

    public int Count => count;

    /// <summary>The sums of the weights and of the weighted values.</summary>
    /// <remarks>Four chains in a fixed order: fast enough without vectors, and the same bits everywhere.</remarks>
    public (float Weights, float Products) Sums()
    {
        float w0 = 0, w1 = 0, w2 = 0, w3 = 0, p0 = 0, p1 = 0, p2 = 0, p3 = 0;
        for (var i = 0; i < count; i += 4)
        {
            (w0, w1, w2, w3) = (w0 + weights[i], w1 + weights[i + 1], w2 + weights[i + 2], w3 + weights[i + 3]);
            p0 = MathF.FusedMultiplyAdd(weights[i], values[i], p0);
            p1 = MathF.FusedMultiplyAdd(weights[i + 1], values[i + 1], p1);
            p2 = MathF.FusedMultiplyAdd(weights[i + 2], values[i + 2], p2);
            p3 = MathF.FusedMultiplyAdd(weights[i + 3], values[i + 3], p3);
        }
        return (w0 + w1 + (w2 + w3), p0 + p1 + (p2 + p3));
    }
}
