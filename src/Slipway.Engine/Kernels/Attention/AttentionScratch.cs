using Slipway.Engine.Cache;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Kernels.Attention;

/// <summary>One worker's room: a block of keys and values as singles, and the running state of a tile of queries.</summary>
internal sealed unsafe class AttentionScratch : IDisposable
{
    private readonly NativeBuffer<float> _keys;
    private readonly NativeBuffer<float> _values;
    private readonly NativeBuffer<float> _scores = new(KvPool.BlockTokens);
    private readonly NativeBuffer<float> _maxima;
    private readonly NativeBuffer<float> _totals;

    /// <param name="headLength">Values per head.</param>
    /// <param name="queries">Queries in a tile at most.</param>
    public AttentionScratch(int headLength, int queries)
    {
        _keys = new NativeBuffer<float>(KvPool.BlockTokens * headLength);
        _values = new NativeBuffer<float>(KvPool.BlockTokens * headLength);
        _maxima = new NativeBuffer<float>(queries);
        _totals = new NativeBuffer<float>(queries);
    }

    /// <summary>[head length][32].</summary>
    public float* Keys => _keys.Pointer;

    /// <summary>[32][head length].</summary>
    public float* Values => _values.Pointer;

    /// <summary>[32].</summary>
    public float* Scores => _scores.Pointer;

    /// <summary>Largest score so far, per query.</summary>
    public float* Maxima => _maxima.Pointer;

    /// <summary>Sum of e^(score − maximum) so far, per query.</summary>
    public float* Totals => _totals.Pointer;

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
        _scores.Dispose();
        _maxima.Dispose();
        _totals.Dispose();
    }
}
