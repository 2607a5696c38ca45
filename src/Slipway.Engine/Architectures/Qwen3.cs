using Slipway.Engine.Kernels.MatMul;

namespace Slipway.Engine.Architectures;

/// <summary>Qwen3 dense models: grouped-query attention with a norm on every query and key head, SwiGLU, no biases.</summary>
internal sealed unsafe class Qwen3(ModelShape shape, TensorSource source) : Transformer(shape, source)
{
    private readonly Layer[] _layers = [.. Enumerable.Range(0, shape.Layers).Select(index => new Layer(source, shape, index))];

    public override double[] Frequencies { get; } = shape.Scaling.Frequencies(shape.RopeBase, shape.HeadLength, divisors: null);

    public override void Forward(Step step, ForwardPass pass)
    {
        pass.Embed(step, TokenEmbd);
        for (var i = 0; i < _layers.Length; i++)
        {
            var layer = _layers[i];
            pass.Normalize(layer.AttnNorm);
            pass.ProjectAttention(layer.Attention);
            pass.Rotate(i, layer.AttnQNorm, layer.AttnKNorm);
            pass.Attend(i);
            pass.AddToHidden(layer.AttnOutput);
            pass.Normalize(layer.FfnNorm);
            pass.ProjectFeedForward(layer.FfnGate, layer.FfnUp);
            pass.SwiGlu();
            pass.AddToHidden(layer.FfnDown);
        }
        pass.NormalizeOutputs(OutputNorm);
        pass.ProjectLogits(Output);
    }

    private sealed class Layer(TensorSource source, ModelShape shape, int index)
    {
        public readonly float* AttnNorm = source.Vector($"blk.{index}.attn_norm.weight", shape.Hidden);
        public readonly AttentionWeights Attention = new(source, shape, index);
        public readonly float* AttnQNorm = source.Vector($"blk.{index}.attn_q_norm.weight", shape.HeadLength);
        public readonly float* AttnKNorm = source.Vector($"blk.{index}.attn_k_norm.weight", shape.HeadLength);
        public readonly Weights AttnOutput = source.Matrix($"blk.{index}.attn_output.weight", shape.Hidden, shape.QueryLength);
        public readonly float* FfnNorm = source.Vector($"blk.{index}.ffn_norm.weight", shape.Hidden);
        public readonly Weights FfnGate = source.Matrix($"blk.{index}.ffn_gate.weight", shape.FeedForward, shape.Hidden);
        public readonly Weights FfnUp = source.Matrix($"blk.{index}.ffn_up.weight", shape.FeedForward, shape.Hidden);
        public readonly Weights FfnDown = source.Matrix($"blk.{index}.ffn_down.weight", shape.Hidden, shape.FeedForward);
    }
}
