using Slipway.Engine.Architectures;
using Slipway.Engine.Cache;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Kernels.Rows;

/// <summary>Norms (where the model has them) and rotates queries and keys, and stores keys and values in the cache.</summary>
internal sealed unsafe class RotateTask(WorkerTeam team, KernelTier tier, ModelShape shape, KvPool pool, RopeTable rope, bool adjacent) : RowTask(team)
{
    private Step _step = null!;
    private int _layer;
    private float* _query;
    private float* _key;
    private float* _value;
    private float* _queryNorm;
    private float* _keyNorm;

    /// <param name="step">Positions and blocks.</param>
    /// <param name="layer">Whose cache to write.</param>
    /// <param name="query">[rows][heads · head length], changed in place.</param>
    /// <param name="key">[rows][key heads · head length], changed in place.</param>
    /// <param name="value">[rows][key heads · head length].</param>
    /// <param name="queryNorm">[head length] or null.</param>
    /// <param name="keyNorm">[head length] or null.</param>
    public void Run(Step step, int layer, float* query, float* key, float* value, float* queryNorm, float* keyNorm)
    {
        (_step, _layer) = (step, layer);
        _query = query;
        _key = key;
        _value = value;
        _queryNorm = queryNorm;
        _keyNorm = keyNorm;
        RunRows(step.Rows);
    }

    protected override void ComputeRow(int row)
    {
        var length = shape.HeadLength;
        for (var head = 0; head < shape.Heads; head++)
        {
            NormAndRotate(_query + ((long)row * shape.QueryLength) + (head * length), _queryNorm, row);
        }
        var position = _step.Positions[row];
        var block = _step.Spans[_step.SpanOfRow[row]].Blocks[position / KvPool.BlockTokens];
        for (var head = 0; head < shape.KeyHeads; head++)
        {
            var offset = ((long)row * shape.KeyLength) + (head * length);
            NormAndRotate(_key + offset, _keyNorm, row);
            pool.Rows.StoreKey(_key + offset, pool.Keys(block, _layer, head), position % KvPool.BlockTokens);
            pool.Rows.StoreValue(_value + offset, pool.Values(block, _layer, head), position % KvPool.BlockTokens);
        }
    }

    private void NormAndRotate(float* head, float* norm, int row)
    {
        if (norm is not null)
        {
            if (tier == KernelTier.Scalar)
            {
                RmsNorm.Reference(head, norm, shape.NormEpsilon, head, shape.HeadLength);
            }
            else
            {
                RmsNorm.ComputeVector256(head, norm, shape.NormEpsilon, head, shape.HeadLength);
            }
        }
        if (adjacent)
        {
            Rope.Adjacent(head, rope.Cosines(row), rope.Sines(row), shape.HeadLength);
        }
        else
        {
            Rope.Halves(head, rope.Cosines(row), rope.Sines(row), shape.HeadLength);
        }
    }
}
