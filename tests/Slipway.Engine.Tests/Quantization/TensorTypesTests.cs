using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Quantization;

namespace Slipway.Engine.Tests.Quantization;

public sealed class TensorTypesTests
{
    private const int Layers = 32;
    private static readonly string[] Matrices =
        ["attn_q.weight", "attn_k.weight", "attn_v.weight", "attn_output.weight", "ffn_gate.weight", "ffn_up.weight", "ffn_down.weight"];

    private static readonly string[] Names =
        ["token_embd.weight", "output.weight", "output_norm.weight", .. Enumerable.Range(0, Layers).SelectMany(layer => Matrices.Select(name => $"blk.{layer}.{name}"))];

    // Counted by hand from the rule: the first four, the last four, and of those between every third from 6 on.
    private static readonly int[] Sensitive = [0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31];

    [Theory]
    [InlineData(QuantizationType.Q4_K_M, GgmlType.Q4_K)]
    [InlineData(QuantizationType.Q5_K_M, GgmlType.Q5_K)]
    public void A_model_of_32_layers_is_mixed_by_the_table(QuantizationType type, GgmlType plain)
    {
        var types = new TensorTypes(type, Names);

        foreach (var name in Names.Where(name => name.StartsWith("blk.", StringComparison.Ordinal)))
        {
            var isSensitive = Sensitive.Contains(int.Parse(name.Split('.')[1], null))
                && (name.Contains("attn_v", StringComparison.Ordinal) || name.Contains("ffn_down", StringComparison.Ordinal));
            Assert.Equal((name, isSensitive ? GgmlType.Q6_K : plain), (name, types.Choose(name, [4096, 1024], GgmlType.F16)));
        }
        Assert.Equal(GgmlType.Q6_K, types.Choose("output.weight", [4096, 151_936], GgmlType.F16));
        Assert.Equal(plain, types.Choose("token_embd.weight", [4096, 151_936], GgmlType.F16));
        Assert.Equal(GgmlType.F32, types.Choose("output_norm.weight", [4096], GgmlType.F16));
    }

    [Theory]
    [InlineData(QuantizationType.Q4_0, GgmlType.Q4_0, GgmlType.Q6_K)]
    [InlineData(QuantizationType.Q6_K, GgmlType.Q6_K, GgmlType.Q6_K)]
    [InlineData(QuantizationType.Q8_0, GgmlType.Q8_0, GgmlType.Q8_0)]
    [InlineData(QuantizationType.F16, GgmlType.F16, GgmlType.F16)]
    [InlineData(QuantizationType.BF16, GgmlType.BF16, GgmlType.BF16)]
    public void The_other_kinds_differ_in_the_logits_alone(QuantizationType type, GgmlType plain, GgmlType logits)
    {
        var types = new TensorTypes(type, Names.Except(["output.weight"]));

        Assert.All(
            Names.Where(name => name.StartsWith("blk.", StringComparison.Ordinal)),
            name => Assert.Equal(plain, types.Choose(name, [4096, 1024], GgmlType.F32)));
        Assert.Equal(logits, types.Choose("token_embd.weight", [4096, 151_936], GgmlType.F32)); // Tied: it is the output as well.
    }

    [Theory]
    [InlineData(QuantizationType.Q4_K_M, "blk.0.ffn_up.weight", 2560, GgmlType.Q4_K)]
    [InlineData(QuantizationType.Q4_K_M, "blk.0.ffn_up.weight", 2592, GgmlType.Q5_0)]
    [InlineData(QuantizationType.Q5_K_M, "blk.0.ffn_up.weight", 2592, GgmlType.Q5_1)]
    [InlineData(QuantizationType.Q6_K, "blk.0.ffn_up.weight", 2592, GgmlType.Q8_0)]
    [InlineData(QuantizationType.Q4_0, "output.weight", 2592, GgmlType.Q8_0)]
    [InlineData(QuantizationType.Q4_K_M, "blk.0.ffn_up.weight", 2593, GgmlType.F16)]
    [InlineData(QuantizationType.Q8_0, "blk.0.ffn_up.weight", 2593, GgmlType.F16)]
    [InlineData(QuantizationType.Q4_0, "blk.0.ffn_up.weight", 2593, GgmlType.F16)]
    public void Rows_that_do_not_fill_blocks_fall_back(QuantizationType type, string name, int length, GgmlType expected)
    {
        Assert.Equal(expected, new TensorTypes(type, Names).Choose(name, [length, 8], GgmlType.F32));
    }

    [Theory]
    [InlineData("blk.0.attn_q_norm.weight", 2)]
    [InlineData("blk.0.ffn_gate_inp.weight", 2)]
    [InlineData("blk.0.attn_q.bias", 2)]
    [InlineData("rope_freqs.weight", 1)]
    public void What_is_not_a_matrix_of_weights_stays_exact(string name, int rank)
    {
        var types = new TensorTypes(QuantizationType.Q4_K_M, Names);

        Assert.Equal(GgmlType.F32, types.Choose(name, [.. Enumerable.Repeat(256L, rank)], GgmlType.F32));
    }

    [Theory]
    [InlineData("blk.99999999999999999999.ffn_down.weight")]
    [InlineData("blk.-1.ffn_down.weight")]
    [InlineData("blk..ffn_down.weight")]
    [InlineData("ffn_down.weight")]
    public void A_name_without_a_layer_gets_the_plain_format(string name)
    {
        Assert.Equal(GgmlType.Q4_K, new TensorTypes(QuantizationType.Q4_K_M, [name]).Choose(name, [256, 2], GgmlType.F32));
    }
}
