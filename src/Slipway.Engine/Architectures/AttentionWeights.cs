using Slipway.Engine.Kernels.MatMul;

namespace Slipway.Engine.Architectures;

/// <summary>The three projections of an attention layer, named as in the checkpoint; biases may be null.</summary>
internal readonly unsafe struct AttentionWeights
{
    public AttentionWeights(TensorSource source, ModelShape shape, int layer)
    {
        var prefix = $"blk.{layer}.";
        AttnQ = source.Matrix(prefix + "attn_q.weight", shape.QueryLength, shape.Hidden);
        AttnK = source.Matrix(prefix + "attn_k.weight", shape.KeyLength, shape.Hidden);
        AttnV = source.Matrix(prefix + "attn_v.weight", shape.KeyLength, shape.Hidden);
        AttnQBias = source.OptionalVector(prefix + "attn_q.bias", shape.QueryLength);
        AttnKBias = source.OptionalVector(prefix + "attn_k.bias", shape.KeyLength);
        AttnVBias = source.OptionalVector(prefix + "attn_v.bias", shape.KeyLength);
    }

    public Weights AttnQ { get; }

    public Weights AttnK { get; }

    public Weights AttnV { get; }

    public float* AttnQBias { get; }

    public float* AttnKBias { get; }

    public float* AttnVBias { get; }
}
