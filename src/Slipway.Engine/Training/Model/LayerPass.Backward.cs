using System.Runtime.InteropServices;
using Slipway.Engine.Memory;
using Slipway.Engine.Training.Data;
using Slipway.Engine.Training.Operations;

namespace Slipway.Engine.Training.Model;

/// <summary>The way back: the same operations in reverse order.</summary>
internal sealed unsafe partial class LayerPass
{
    /// <summary>
    /// The residual stream's gradient at the layer's end becomes that at its begin; gradients of the weights are added.
    /// Gate and up are overwritten: one call for each <see cref="Forward"/>.
    /// </summary>
    public void Backward(TrainingBatch batch)
    {
        var rows = batch.Rows;
        BackwardLinear(rows, _inner.Pointer, _pass.HiddenGradient, _pass.InnerGradient, _layer.FfnDown);
        BackwardActivation(rows);
        BackwardLinears(rows, _ffnNormed.Pointer, _pass.NormedGradient, (_layer.FfnGate, (nint)_gate.Pointer), (_layer.FfnUp, (nint)_up.Pointer));
        BackwardNorm(rows, _middle, _layer.FfnNorm, _middleScale);
        BackwardLinear(rows, _attended.Pointer, _pass.HiddenGradient, _pass.AttendedGradient, _layer.AttnOutput);
        BackwardAttention(batch);
        BackwardRotationAndNorm(batch, _shape.Heads, _queryRaw, _layer.AttnQNorm, _queryScale, (nint)_pass.QueryGradient);
        BackwardRotationAndNorm(batch, _shape.KeyHeads, _keyRaw, _layer.AttnKNorm, _keyScale, (nint)_pass.KeyGradient);
        BackwardLinears(rows, _attnNormed.Pointer, _pass.NormedGradient,
            (_layer.AttnQ, (nint)_pass.QueryGradient), (_layer.AttnK, (nint)_pass.KeyGradient), (_layer.AttnV, (nint)_pass.ValueGradient));
        BackwardNorm(rows, _input, _layer.AttnNorm, _inputScale);
    }

    private void BackwardLinear(int rows, float* x, float* gradient, float* inputGradient, Linear linear) =>
        BackwardLinears(rows, x, inputGradient, (linear, (nint)gradient));

    /// <summary>Products that read the same x: their shares of its gradient are added one after the other.</summary>
    private void BackwardLinears(int rows, float* x, float* inputGradient, params ReadOnlySpan<(Linear Linear, nint Gradient)> products)
    {
        var task = _pass.Team.Products;
        var adds = false;
        foreach (var (linear, gradient) in products)
        {
            task.Reset();
            linear.AddBackward(task, rows, x, (float*)gradient, inputGradient, adds);
            _pass.Team.RunProducts();
            if (linear.HasLora)
            {
                task.Reset();
                linear.AddLowRankBackward(task, rows, x, inputGradient);
                _pass.Team.RunProducts();
            }
            adds = true;
        }
    }

    private void BackwardActivation(int rows) => _pass.Team.ForRows(rows, (first, end) =>
    {
        var (offset, length) = ((long)first * _shape.FeedForward, (end - first) * _shape.FeedForward);
        SwiGluGradient.Backward(_gate.Pointer + offset, _up.Pointer + offset, _pass.InnerGradient + offset, length);
    });

    /// <summary>Adds the norm's share to the residual stream's gradient.</summary>
    private void BackwardNorm(int rows, NativeBuffer<float> x, Parameter weight, NativeBuffer<float> scales)
    {
        var length = _shape.Hidden;
        _pass.SumOverRows(rows, weight, (row, weightGradient) =>
        {
            var offset = (long)row * length;
            NormGradient.Backward(
                x.Pointer + offset, weight.Value, scales.Pointer[row], _pass.NormedGradient + offset,
                _pass.HiddenGradient + offset, adds: true, weightGradient, length);
        });
    }

    /// <summary>One item is a key head of a segment: the query heads that share it add to the same gradients.</summary>
    private void BackwardAttention(TrainingBatch batch)
    {
        var keyBytes = (nuint)((long)batch.Rows * _shape.KeyLength * sizeof(float));
        NativeMemory.Clear(_pass.KeyGradient, keyBytes);
        NativeMemory.Clear(_pass.ValueGradient, keyBytes);
        var group = _shape.Heads / _shape.KeyHeads;
        _pass.Team.ForEach((batch.Starts.Length - 1) * _shape.KeyHeads, (worker, item) =>
        {
            var (segment, keyHead) = (item / _shape.KeyHeads, item % _shape.KeyHeads);
            var (start, length) = (batch.Starts[segment], batch.Starts[segment + 1] - batch.Starts[segment]);
            for (var head = keyHead * group; head < (keyHead + 1) * group; head++)
            {
                _pass.Attention.Backward(_pass.Team.Products.Scratch(worker), worker, length, Head(start, head), HeadGradient(start, head));
            }
        });
    }

    private AttentionHead HeadGradient(int row, int head)
    {
        var query = ((long)row * _shape.QueryLength) + ((long)head * _shape.HeadLength);
        var key = ((long)row * _shape.KeyLength) + ((long)(head / (_shape.Heads / _shape.KeyHeads)) * _shape.HeadLength);
        return new AttentionHead
        {
            Query = _pass.QueryGradient + query,
            Key = _pass.KeyGradient + key,
            Value = _pass.ValueGradient + key,
            Output = _pass.AttendedGradient + query,
        };
    }

    private void BackwardRotationAndNorm(
        TrainingBatch batch, int heads, NativeBuffer<float> raw, Parameter weight, NativeBuffer<float> scales, nint gradients)
    {
        var length = _shape.HeadLength;
        _pass.SumOverRows(batch.Rows, weight, (row, weightGradient) =>
        {
            for (var i = (long)row * heads; i < (long)(row + 1) * heads; i++)
            {
                var gradient = (float*)gradients + (i * length);
                _pass.Rotations.RotateBack(gradient, batch.Positions[row]);
                NormGradient.Backward(
                    raw.Pointer + (i * length), weight.Value, scales.Pointer[i], gradient, gradient, adds: false, weightGradient, length);
            }
        });
    }
}
