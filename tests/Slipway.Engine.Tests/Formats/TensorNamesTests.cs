using Slipway.Engine.Formats.HuggingFace;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Engine.Tests.Formats;

public sealed class TensorNamesTests
{
    [Theory]
    [InlineData("qwen3")]
    [InlineData("qwen2")]
    public void Every_tensor_of_a_model_has_a_name_in_both_worlds(string architecture)
    {
        var names = TestModel.Create(architecture, tied: false).Tensors.Keys;

        Assert.All(names, name => Assert.Equal(name, TensorNames.ToGguf(TensorNames.ToHuggingFace(name)!)));
    }

    [Theory]
    [InlineData("blk.12.attn_output.weight", "model.layers.12.self_attn.o_proj.weight")]
    [InlineData("blk.0.ffn_norm.weight", "model.layers.0.post_attention_layernorm.weight")]
    [InlineData("blk.0.attn_q.bias", "model.layers.0.self_attn.q_proj.bias")]
    [InlineData("token_embd.weight", "model.embed_tokens.weight")]
    public void Names_are_those_that_the_checkpoints_have(string gguf, string huggingFace) =>
        Assert.Equal(huggingFace, TensorNames.ToHuggingFace(gguf));

    [Theory]
    [InlineData("blk.0.attn_q")]
    [InlineData("blk.00.attn_q.weight")]
    [InlineData("blk.99999.attn_q.weight")]
    [InlineData("blk.0.ffn_gate_exps.weight")]
    [InlineData("blk.0.attn_q.weight\n")]
    [InlineData("")]
    public void Other_names_are_unknown(string name) => Assert.Null(TensorNames.ToHuggingFace(name));

    [Fact]
    public void Adapters_are_put_on_the_seven_projections_of_a_layer()
    {
        Assert.Equal(["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"], TensorNames.Targets);
        Assert.Equal("down_proj", TensorNames.TargetOf("blk.3.ffn_down.weight"));
        Assert.Null(TensorNames.TargetOf("blk.3.ffn_norm.weight"));
        Assert.Null(TensorNames.TargetOf("blk.3.attn_q.bias"));
        Assert.Null(TensorNames.TargetOf("output.weight"));
    }
}
