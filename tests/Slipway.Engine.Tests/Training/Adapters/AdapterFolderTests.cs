using System.Text.Json.Nodes;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Tests.Formats;
using Slipway.Engine.Training;
using Slipway.Engine.Training.Adapters;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Tests.Training.Adapters;

public sealed class AdapterFolderTests
{
    private const string Prefix = "base_model.model.model.layers.0.self_attn.q_proj.";

    [Fact]
    public void What_was_written_is_read_back()
    {
        using var folder = new TemporaryFolder();
        LoraPair[] pairs = [Pair("blk.0.attn_q.weight", 2, 6, 4), Pair("blk.10.ffn_down.weight", 2, 4, 8)];
        AdapterFolder.Write(folder.At("adapter"), new LoraOptions { Rank = 2, Alpha = 3.5 }, "../base", pairs);

        using var adapter = AdapterFolder.Read(folder.At("adapter"));

        Assert.Equal((2, 3.5, "../base"), (adapter.Rank, adapter.Alpha, adapter.BaseModelName));
        Assert.Equal(pairs.Select(pair => pair.GgufName), adapter.Pairs.Select(pair => pair.GgufName));
        Assert.All(pairs.Zip(adapter.Pairs), both =>
        {
            Assert.Equal(Values(both.First.A), Values(both.Second.A));
            Assert.Equal(Values(both.First.B), Values(both.Second.B));
            Assert.Equal((both.First.B.Rows, both.First.A.Columns), (both.Second.B.Rows, both.Second.A.Columns));
        });
    }

    [Fact]
    public void The_folder_is_laid_out_as_PEFT_lays_it_out()
    {
        using var folder = new TemporaryFolder();

        AdapterFolder.Write(folder.At("adapter"), new LoraOptions { Rank = 2 }, "base", [Pair("blk.0.attn_q.weight", 2, 6, 4)]);

        var config = JsonNode.Parse(File.ReadAllText(folder.At("adapter", "adapter_config.json")))!;
        using var weights = SafetensorsFile.Open(folder.At("adapter", "adapter_model.safetensors"));
        Assert.Equal("LORA", (string?)config["peft_type"]);
        Assert.Equal("CAUSAL_LM", (string?)config["task_type"]);
        Assert.Equal(4, (double)config["lora_alpha"]!);
        Assert.Equal(["q_proj"], config["target_modules"]!.AsArray().Select(target => (string?)target));
        Assert.Equal([2L, 4L], weights.FindTensor(Prefix + "lora_A.weight")!.Shape);
        Assert.Equal([6L, 2L], weights.FindTensor(Prefix + "lora_B.weight")!.Shape);
    }

    [Theory]
    [InlineData("peft_type", "\"LOHA\"", "LOHA")]
    [InlineData("use_rslora", "true", "use_rslora")]
    [InlineData("use_dora", "true", "use_dora")]
    [InlineData("bias", "\"all\"", "all")]
    [InlineData("rank_pattern", """{"q_proj":4}""", "rank_pattern")]
    [InlineData("modules_to_save", """["lm_head"]""", "modules_to_save")]
    [InlineData("r", "3", "r is 3")]
    [InlineData("r", "5000", "5000")]
    [InlineData("r", "null", "no 'r'")]
    [InlineData("lora_alpha", "0", "above 0")]
    public void A_configuration_that_means_more_or_something_else_is_refused(string name, string value, string why)
    {
        using var folder = new TemporaryFolder();
        AdapterFolder.Write(folder.At("adapter"), new LoraOptions { Rank = 2 }, "base", [Pair("blk.0.attn_q.weight", 2, 6, 4)]);
        var path = folder.At("adapter", "adapter_config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        config[name] = JsonNode.Parse(value);
        File.WriteAllText(path, config.ToJsonString());

        var fault = Assert.Throws<ModelFormatException>(() => AdapterFolder.Read(folder.At("adapter")));

        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Prefix + "lora_A.weight", "only one")]
    [InlineData("base_model.model.lm_head.lora_A.weight", "lm_head")]
    [InlineData("base_model.model.model.layers.0.input_layernorm.lora_A.weight", "input_layernorm")]
    [InlineData("base_model.model.lora_A.weight", "nothing else")]
    [InlineData("lora_A.weight", "nothing else")]
    public void Factors_that_fit_nowhere_are_refused_by_name(string tensor, string why)
    {
        using var folder = new TemporaryFolder();
        AdapterFolder.Write(folder.At("adapter"), new LoraOptions { Rank = 2 }, "base", [Pair("blk.0.attn_q.weight", 2, 6, 4)]);
        WriteSingle(folder.At("adapter", "adapter_model.safetensors"), tensor);

        var fault = Assert.Throws<ModelFormatException>(() => AdapterFolder.Read(folder.At("adapter")));

        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
    }

    private static unsafe void WriteSingle(string path, string tensor)
    {
        var values = stackalloc float[8];
        var writer = new SafetensorsWriter();
        writer.Add(tensor, [2, 4], values);
        writer.Write(path);
    }

    private static unsafe LoraPair Pair(string name, int rank, int rows, int columns)
    {
        var pair = new LoraPair(name, rank, new Parameter("a", rank, columns, isVector: false), new Parameter("b", rows, rank, isVector: false));
        for (var i = 0; i < pair.A.Length; i++)
        {
            pair.A.Value[i] = MathF.Sin(i + rows);
        }
        for (var i = 0; i < pair.B.Length; i++)
        {
            pair.B.Value[i] = MathF.Cos(i + rows);
        }
        return pair;
    }

    private static unsafe float[] Values(Parameter parameter) => new ReadOnlySpan<float>(parameter.Value, (int)parameter.Length).ToArray();
}
