using Slipway.Engine.Architectures;
using Slipway.Engine.Cache;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Kernels.Attention;

/// <summary>Grouped-query causal attention of a step, divided among the team by key head and by tiles of rows.</summary>
internal sealed unsafe class AttentionTask : TeamTask, IDisposable
{
    /// <summary>Rows of one sequence that share a widened block; more share the work better, fewer divide it better.</summary>
    private const int TileRows = 16;

    private readonly KvPool _pool;
    private readonly int _keyHeads;
    private readonly int _group;
    private readonly AttentionScratch[] _scratch;
    private readonly List<(int Span, int FirstRow)> _tiles = [];
    private Step _step = null!;
    private int _layer;
    private float* _query;
    private float* _output;

    public AttentionTask(KvPool pool, int heads, int keyHeads, int workers)
    {
        (_pool, _keyHeads, _group) = (pool, keyHeads, heads / keyHeads);
        _scratch = new AttentionScratch[workers];
        for (var i = 0; i < workers; i++)
        {
            _scratch[i] = new AttentionScratch(pool.HeadLength, TileRows * _group);
        }
    }

    /// <summary>Lists the work of a step; it is the same for every layer.</summary>
    public void Prepare(Step step)
    {
        _step = step;
        _tiles.Clear();
        for (var span = 0; span < step.SpanCount; span++)
        {
            for (var row = 0; row < step.Spans[span].Count; row += TileRows)
            {
                _tiles.Add((span, row));
            }
        }
    }

    /// <summary>Sets the layer and its buffers.</summary>
    /// <param name="layer">Whose keys and values to read.</param>
    /// <param name="query">[rows][heads · head length].</param>
    /// <param name="output">[rows][heads · head length].</param>
    public void Set(int layer, float* query, float* output)
    {
        _layer = layer;
        _query = query;
        _output = output;
    }

    public override void Execute(int worker)
    {
        var items = _tiles.Count * _keyHeads;
        for (var item = Take(1); item < items; item = Take(1))
        {
            // The last tiles of a prompt see the most keys: take them first, so that no worker is left with one at the end.
            var (span, row) = _tiles[_tiles.Count - 1 - (item / _keyHeads)];
            ComputeTile(_step.Spans[span], row, item % _keyHeads, _scratch[worker]);
        }
    }

    public void Dispose()
    {
        foreach (var scratch in _scratch)
        {
            scratch.Dispose();
        }
    }

    private void ComputeTile(in StepSpan span, int firstRow, int keyHead, AttentionScratch scratch)
    {
        var length = _pool.HeadLength;
        var rows = Math.Min(TileRows, span.Count - firstRow);
        var first = span.First + firstRow;
        Start(first, rows, keyHead, scratch);
        var scale = 1 / MathF.Sqrt(length);
        var lastPosition = _step.Positions[first + rows - 1];
        for (var start = 0; start <= lastPosition; start += KvPool.BlockTokens)
        {
            var block = span.Blocks[start / KvPool.BlockTokens];
            _pool.Rows.WidenKeys(_pool.Keys(block, _layer, keyHead), scratch.Keys);
            _pool.Rows.WidenValues(_pool.Values(block, _layer, keyHead), scratch.Values);
            for (var row = 0; row < rows; row++)
            {
                var valid = Math.Min(KvPool.BlockTokens, _step.Positions[first + row] - start + 1);
                for (var head = 0; head < _group && valid > 0; head++)
                {
                    var offset = Offset(first + row, keyHead, head);
                    BlockAttention.Fold(_query + offset, _output + offset, (row * _group) + head, valid, scale, length, scratch);
                }
            }
        }
        Finish(first, rows, keyHead, scratch);
    }

    private void Start(int first, int rows, int keyHead, AttentionScratch scratch)
    {
        new Span<float>(scratch.Maxima, rows * _group).Fill(float.NegativeInfinity);
        new Span<float>(scratch.Totals, rows * _group).Clear();
        for (var row = 0; row < rows; row++)
        {
            new Span<float>(_output + Offset(first + row, keyHead, 0), _group * _pool.HeadLength).Clear();
        }
    }

    private void Finish(int first, int rows, int keyHead, AttentionScratch scratch)
    {
        for (var query = 0; query < rows * _group; query++)
        {
            var output = _output + Offset(first + (query / _group), keyHead, query % _group);
            var share = 1 / scratch.Totals[query];
            for (var i = 0; i < _pool.HeadLength; i++)
            {
                output[i] *= share;
            }
        }
    }

    private long Offset(int row, int keyHead, int head) =>
        ((((long)row * _keyHeads) + keyHead) * _group * _pool.HeadLength) + (head * _pool.HeadLength);
}
