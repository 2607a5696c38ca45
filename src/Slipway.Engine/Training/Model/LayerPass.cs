using Slipway.Engine.Architectures;
using Slipway.Engine.Kernels.Rows;
using Slipway.Engine.Memory;
using Slipway.Engine.Training.Data;
using Slipway.Engine.Training.Operations;

namespace Slipway.Engine.Training.Model;

/// <summary>One Qwen3 layer forward, keeping what the way back needs. x is the residual stream, [T][H].</summary>
internal sealed unsafe partial class LayerPass : IDisposable
{
    private readonly LayerParameters _layer;
    private readonly ModelShape _shape;
    private readonly PassBuffers _pass;
    private readonly NativeBuffer<float> _input;
    private readonly NativeBuffer<float> _inputScale;
    private readonly NativeBuffer<float> _attnNormed;
    private readonly NativeBuffer<float> _queryRaw;
    private readonly NativeBuffer<float> _keyRaw;
    private readonly NativeBuffer<float> _queryScale;
    private readonly NativeBuffer<float> _keyScale;
    private readonly NativeBuffer<float> _query;
    private readonly NativeBuffer<float> _key;
    private readonly NativeBuffer<float> _value;
    private readonly NativeBuffer<float> _attended;
    private readonly NativeBuffer<float> _logSums;
    private readonly NativeBuffer<float> _middle;
    private readonly NativeBuffer<float> _middleScale;
    private readonly NativeBuffer<float> _ffnNormed;
    private readonly NativeBuffer<float> _gate;
    private readonly NativeBuffer<float> _up;
    private readonly NativeBuffer<float> _inner;

    public LayerPass(LayerParameters layer, ModelShape shape, PassBuffers pass, int maxRows)
    {
        (_layer, _shape, _pass) = (layer, shape, pass);
        NativeBuffer<float> Rows(int length) => new((long)maxRows * length);
        (_input, _attnNormed, _middle, _ffnNormed) = (Rows(shape.Hidden), Rows(shape.Hidden), Rows(shape.Hidden), Rows(shape.Hidden));
        (_queryRaw, _query, _attended) = (Rows(shape.QueryLength), Rows(shape.QueryLength), Rows(shape.QueryLength));
        (_keyRaw, _key, _value) = (Rows(shape.KeyLength), Rows(shape.KeyLength), Rows(shape.KeyLength));
        (_inputScale, _middleScale) = (Rows(1), Rows(1));
        (_queryScale, _keyScale, _logSums) = (Rows(shape.Heads), Rows(shape.KeyHeads), Rows(shape.Heads));
        (_gate, _up, _inner) = (Rows(shape.FeedForward), Rows(shape.FeedForward), Rows(shape.FeedForward));
        foreach (var linear in layer.Linears)
        {
            linear.Reserve(maxRows);
        }
    }

    /// <summary>[T][H] what the layer reads: the embedding, or what the layer before wrote here.</summary>
    public float* Input => _input.Pointer;

    /// <summary>Runs the layer on <see cref="Input"/>.</summary>
    public void Forward(TrainingBatch batch, float* output)
    {
        var rows = batch.Rows;
        Normalize(_input, _layer.AttnNorm, _inputScale, _attnNormed, rows);
        Multiply(rows, _attnNormed.Pointer, adds: false, (_layer.AttnQ, (nint)_queryRaw.Pointer), (_layer.AttnK, (nint)_keyRaw.Pointer), (_layer.AttnV, (nint)_value.Pointer));
        NormalizeAndRotate(batch);
        Attend(batch);
        Copy(_input.Pointer, _middle.Pointer, rows);
        Multiply(rows, _attended.Pointer, adds: true, (_layer.AttnOutput, (nint)_middle.Pointer));
        Normalize(_middle, _layer.FfnNorm, _middleScale, _ffnNormed, rows);
        Multiply(rows, _ffnNormed.Pointer, adds: false, (_layer.FfnGate, (nint)_gate.Pointer), (_layer.FfnUp, (nint)_up.Pointer));
        Activate(rows);
        Copy(_middle.Pointer, output, rows);
        Multiply(rows, _inner.Pointer, adds: true, (_layer.FfnDown, (nint)output));
    }

    public void Dispose()
    {
        foreach (var buffer in (NativeBuffer<float>[])
            [_input, _inputScale, _attnNormed, _queryRaw, _keyRaw, _queryScale, _keyScale, _query, _key, _value, _attended, _logSums,
                _middle, _middleScale, _ffnNormed, _gate, _up, _inner])
        {
            buffer.Dispose();
        }
    }

    private void Normalize(NativeBuffer<float> x, Parameter weight, NativeBuffer<float> scales, NativeBuffer<float> y, int rows)
    {
        var length = _shape.Hidden;
        _pass.Team.ForRows(rows, (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                var offset = (long)row * length;
                scales.Pointer[row] = NormGradient.Forward(x.Pointer + offset, weight.Value, _shape.NormEpsilon, y.Pointer + offset, length);
            }
        });
    }

    private void Multiply(int rows, float* x, bool adds, params ReadOnlySpan<(Linear Linear, nint Result)> products)
    {
        var task = _pass.Team.Products;
        task.Reset();
        foreach (var (linear, result) in products)
        {
            linear.AddForward(task, rows, x, (float*)result, adds);
        }
        _pass.Team.RunProducts();
        task.Reset();
        foreach (var (linear, result) in products)
        {
            linear.AddLowRank(task, rows, (float*)result);
        }
        if (task.HasWork)
        {
            _pass.Team.RunProducts();
        }
    }

    private void NormalizeAndRotate(TrainingBatch batch) => _pass.Team.ForRows(batch.Rows, (first, end) =>
    {
        for (var row = first; row < end; row++)
        {
            NormalizeHeads(row, batch.Positions[row], _shape.Heads, _queryRaw, _layer.AttnQNorm, _queryScale, _query);
            NormalizeHeads(row, batch.Positions[row], _shape.KeyHeads, _keyRaw, _layer.AttnKNorm, _keyScale, _key);
        }
    });

    private void NormalizeHeads(
        int row, int position, int heads, NativeBuffer<float> raw, Parameter weight, NativeBuffer<float> scales, NativeBuffer<float> rotated)
    {
        var length = _shape.HeadLength;
        for (var i = (long)row * heads; i < (long)(row + 1) * heads; i++)
        {
            var head = rotated.Pointer + (i * length);
            scales.Pointer[i] = NormGradient.Forward(raw.Pointer + (i * length), weight.Value, _shape.NormEpsilon, head, length);
            _pass.Rotations.Rotate(head, position);
        }
    }

    private void Attend(TrainingBatch batch) => _pass.Team.ForEach((batch.Starts.Length - 1) * _shape.Heads, (worker, item) =>
    {
        var (segment, head) = (item / _shape.Heads, item % _shape.Heads);
        var (start, length) = (batch.Starts[segment], batch.Starts[segment + 1] - batch.Starts[segment]);
        _pass.Attention.Forward(_pass.Team.Products.Scratch(worker), worker, length, Head(start, head));
    });

    private AttentionHead Head(int row, int head)
    {
        var query = ((long)row * _shape.QueryLength) + ((long)head * _shape.HeadLength);
        var key = ((long)row * _shape.KeyLength) + ((long)(head / (_shape.Heads / _shape.KeyHeads)) * _shape.HeadLength);
        return new AttentionHead
        {
            Query = _query.Pointer + query,
            Key = _key.Pointer + key,
            Value = _value.Pointer + key,
            Output = _attended.Pointer + query,
            LogSums = _logSums.Pointer + ((long)row * _shape.Heads) + head,
            LogSumStride = _shape.Heads,
        };
    }

    private void Activate(int rows) => _pass.Team.ForRows(rows, (first, end) =>
    {
        var (offset, length) = ((long)first * _shape.FeedForward, (end - first) * _shape.FeedForward);
        SwiGlu.ComputeVector256(_gate.Pointer + offset, _up.Pointer + offset, _inner.Pointer + offset, length);
    });

    private void Copy(float* source, float* target, int rows) =>
        Buffer.MemoryCopy(source, target, (long)rows * _shape.Hidden * sizeof(float), (long)rows * _shape.Hidden * sizeof(float));
}
