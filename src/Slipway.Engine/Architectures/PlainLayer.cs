using Slipway.Engine.Kernels.MatMul;

namespace Slipway.Engine.Architectures;

/// <summary>The layer that Llama and Qwen2 share: attention without head norms, then SwiGLU. Biases where the file has them.</summary>
internal sealed unsafe class PlainLayer(TensorSource source, ModelShape shape, int index)
{
    private readonly float* _attnNorm = source.Vector($"blk.{index}.attn_norm.weight", shape.Hidden);
    private readonly AttentionWeights _attention = new(source, shape, index);
    private readonly Weights _attnOutput = source.Matrix($"blk.{index}.attn_output.weight", shape.Hidden, shape.QueryLength);
    private readonly float* _attnOutputBias = source.OptionalVector($"blk.{index}.attn_output.bias", shape.Hidden);
    private readonly float* _ffnNorm = source.Vector($"blk.{index}.ffn_norm.weight", shape.Hidden);
    private readonly Weights _ffnGate = source.Matrix($"blk.{index}.ffn_gate.weight", shape.FeedForward, shape.Hidden);
    private readonly Weights _ffnUp = source.Matrix($"blk.{index}.ffn_up.weight", shape.FeedForward, shape.Hidden);
    private readonly Weights _ffnDown = source.Matrix($"blk.{index}.ffn_down.weight", shape.Hidden, shape.FeedForward);

    public static PlainLayer[] ReadAll(TensorSource source, ModelShape shape) =>
        [.. Enumerable.Range(0, shape.Layers).Select(index => new PlainLayer(source, shape, index))];

    public void Forward(int layer, ForwardPass pass)
    {
        pass.Normalize(_attnNorm);
        pass.ProjectAttention(_attention);
        pass.Rotate(layer);
        pass.Attend(layer);
        pass.AddToHidden(_attnOutput, _attnOutputBias);
        pass.Normalize(_ffnNorm);
        pass.ProjectFeedForward(_ffnGate, _ffnUp);
        pass.SwiGlu();
        pass.AddToHidden(_ffnDown);
    }
}
