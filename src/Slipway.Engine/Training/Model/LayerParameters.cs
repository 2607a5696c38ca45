using Slipway.Engine.Architectures;

namespace Slipway.Engine.Training.Model;

/// <summary>The weights of one Qwen3 layer, named as in the checkpoint.</summary>
internal sealed class LayerParameters : IDisposable
{
    public LayerParameters(ModelShape shape, int index)
    {
        Parameter Matrix(string name, int rows, int columns) => new($"blk.{index}.{name}.weight", rows, columns, isVector: false);
        Parameter Vector(string name, int length) => new($"blk.{index}.{name}.weight", 1, length, isVector: true);
        AttnNorm = Vector("attn_norm", shape.Hidden);
        AttnQ = new(Matrix("attn_q", shape.QueryLength, shape.Hidden));
        AttnK = new(Matrix("attn_k", shape.KeyLength, shape.Hidden));
        AttnV = new(Matrix("attn_v", shape.KeyLength, shape.Hidden));
        AttnQNorm = Vector("attn_q_norm", shape.HeadLength);
        AttnKNorm = Vector("attn_k_norm", shape.HeadLength);
        AttnOutput = new(Matrix("attn_output", shape.Hidden, shape.QueryLength));
        FfnNorm = Vector("ffn_norm", shape.Hidden);
        FfnGate = new(Matrix("ffn_gate", shape.FeedForward, shape.Hidden));
        FfnUp = new(Matrix("ffn_up", shape.FeedForward, shape.Hidden));
        FfnDown = new(Matrix("ffn_down", shape.Hidden, shape.FeedForward));
    }

    public Parameter AttnNorm { get; }

    public Linear AttnQ { get; }

    public Linear AttnK { get; }

    public Linear AttnV { get; }

    public Parameter AttnQNorm { get; }

    public Parameter AttnKNorm { get; }

    public Linear AttnOutput { get; }

    public Parameter FfnNorm { get; }

    public Linear FfnGate { get; }

    public Linear FfnUp { get; }

    public Linear FfnDown { get; }

    /// <summary>The seven matrices.</summary>
    public IEnumerable<Linear> Linears => [AttnQ, AttnK, AttnV, AttnOutput, FfnGate, FfnUp, FfnDown];

    /// <summary>All weights, in the order of files.</summary>
    public IEnumerable<Parameter> Parameters =>
    [
        AttnNorm, AttnQ.Weight, AttnK.Weight, AttnV.Weight, AttnQNorm, AttnKNorm, AttnOutput.Weight,
        FfnNorm, FfnGate.Weight, FfnUp.Weight, FfnDown.Weight,
    ];

    public void Dispose()
    {
        foreach (var linear in Linears)
        {
            linear.Dispose();
        }
        foreach (var parameter in Parameters)
        {
            parameter.Dispose();
        }
    }
}
