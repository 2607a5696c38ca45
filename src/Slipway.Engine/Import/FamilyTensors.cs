using System.Globalization;
using Slipway.Engine.Architectures;

namespace Slipway.Engine.Import;

/// <summary>Which tensors the models of a family use.</summary>
internal static class FamilyTensors
{
    private static readonly HashSet<string> Outside = ["token_embd.weight", "output_norm.weight", "output.weight"];

    private static readonly HashSet<string> InEveryLayer =
    [
        "attn_norm.weight", "attn_q.weight", "attn_k.weight", "attn_v.weight", "attn_output.weight",
        "ffn_norm.weight", "ffn_gate.weight", "ffn_up.weight", "ffn_down.weight",
    ];

    private static readonly HashSet<string> InQwen3 = ["attn_q_norm.weight", "attn_k_norm.weight"];
    private static readonly HashSet<string> InOthers = ["attn_q.bias", "attn_k.bias", "attn_v.bias", "attn_output.bias"];

    /// <param name="shape">The model's.</param>
    /// <param name="name">A GGUF name.</param>
    public static bool Has(ModelShape shape, string name)
    {
        if (Outside.Contains(name))
        {
            return true;
        }
        return name.Split('.', 3) is ["blk", var layer, var rest]
            && int.Parse(layer, CultureInfo.InvariantCulture) < shape.Layers
            && (InEveryLayer.Contains(rest) || (shape.Architecture == "qwen3" ? InQwen3 : InOthers).Contains(rest));
    }
}
