namespace Slipway.Engine.Embeddings;

/// <summary>Gathers the states of one text, step by step, into its vector of length 1.</summary>
internal sealed class StatePool(EmbeddingPooling pooling, int width)
{
    private readonly double[] _sum = new double[width];

    /// <summary>Whether every token's state is needed, so that none may come from the cache.</summary>
    public bool NeedsEveryToken => pooling == EmbeddingPooling.Mean;

    /// <summary>The vector, [width]; there once <see cref="Finish"/> was called.</summary>
    public float[]? Vector { get; private set; }

    /// <summary>Takes the next token's state, after the final norm.</summary>
    public void Add(ReadOnlySpan<float> state)
    {
        for (var i = 0; i < _sum.Length; i++)
        {
            _sum[i] = pooling == EmbeddingPooling.Mean ? _sum[i] + state[i] : state[i];
        }
    }

    /// <summary>Forgets the states: the text is computed again from its beginning.</summary>
    public void Clear() => Array.Clear(_sum);

    /// <summary>Makes the vector. The mean's divisor falls away with the length.</summary>
    public void Finish()
    {
        var length = Math.Sqrt(_sum.Sum(value => value * value));
        var vector = new float[width];
        for (var i = 0; i < width && length > 0; i++)
        {
            vector[i] = (float)(_sum[i] / length);
        }

        Vector = vector;
    }
}
