using System.Text.Json;
using Slipway.Engine.Architectures;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Tests.Architectures;
using Slipway.Engine.Tests.Formats;
using Slipway.Engine.Training.BaseModels;
using Slipway.Engine.Training.Export;

namespace Slipway.Engine.Tests.Training.Export;

public sealed class HuggingFaceExportTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_written_folder_is_read_back_as_the_same_model(bool tied)
    {
        using var opened = new OpenedTestModel(TestModel.Create(tied: tied), spareRows: 3);
        using var folder = new TemporaryFolder();
        opened.Export.WriteHuggingFace(folder.At("model"));

        using var read = BaseModel.Open(folder.At("model"));

        Assert.Equal(opened.Base.Shape, read.Shape);
        Assert.Equal(opened.Base.ChatTemplate, read.ChatTemplate);
        Assert.Equal(tied, read.TiesOutput);
        Assert.Equal(TestModel.Vocabulary + 3, read.Vocabulary);
        Assert.Equal(opened.Base.Tokenizer.EndToken, read.Tokenizer.EndToken);
        Assert.Equal(opened.Base.Tokenizer.Encode("<|im_start|>the inner 你好"), read.Tokenizer.Encode("<|im_start|>the inner 你好"));
        Assert.All(opened.Parameters, parameter =>
        {
            using var same = OpenedTestModel.Like(parameter);
            read.Read(same);
            Assert.Equal(OpenedTestModel.Values(parameter).Select(NearestBFloat), OpenedTestModel.Values(same));
        });
    }

    [Fact]
    public void The_folder_says_what_other_programs_ask()
    {
        using var opened = new OpenedTestModel(TestModel.Create());
        using var folder = new TemporaryFolder();

        opened.Export.WriteHuggingFace(folder.At("model"));

        using var config = JsonDocument.Parse(File.ReadAllText(folder.At("model", "config.json")));
        using var generation = JsonDocument.Parse(File.ReadAllText(folder.At("model", "generation_config.json")));
        using var weights = SafetensorsFile.Open(folder.At("model"));
        Assert.Equal("Qwen3ForCausalLM", config.RootElement.GetProperty("architectures")[0].GetString());
        Assert.Equal(TestModel.Vocabulary, config.RootElement.GetProperty("vocab_size").GetInt32());
        Assert.Equal(opened.Base.Tokenizer.EndToken, config.RootElement.GetProperty("eos_token_id").GetInt32());
        Assert.Equal(opened.Base.Tokenizer.EndToken, generation.RootElement.GetProperty("eos_token_id")[0].GetInt32());
        Assert.Equal("pt", weights.Metadata["format"]);
        Assert.Equal([128L, 64L], weights.FindTensor("model.layers.1.self_attn.q_proj.weight")!.Shape);
        Assert.Equal(opened.Parameters.Count, weights.Tensors.Count);
        Assert.Equal(["model"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(1, 4, 0)]
    [InlineData(2, 4, 128)]
    public void Stretched_contexts_are_written_and_read(int kind, float factor, int original)
    {
        using var opened = new OpenedTestModel(TestModel.Create());
        using var folder = new TemporaryFolder();
        var shape = opened.Base.Shape with { Scaling = new RopeScaling((RopeScalingKind)kind, factor, original), RopeBase = 1e6f };
        var export = new ModelExport(shape, opened.Base.Tokenizer, null, "stretched", opened.Parameters);

        export.WriteHuggingFace(folder.At("model"));
        export.WriteGguf(folder.At("model.gguf"), Slipway.Engine.Formats.Gguf.GgmlType.F32);

        using var fromFolder = BaseModel.Open(folder.At("model"));
        using var fromGguf = BaseModel.Open(folder.At("model.gguf"));
        Assert.Equal((shape.Scaling.Kind, factor, 1e6f), (fromFolder.Shape.Scaling.Kind, fromFolder.Shape.Scaling.Factor, fromFolder.Shape.RopeBase));
        Assert.Equal(shape, fromGguf.Shape);
        Assert.Null(fromFolder.ChatTemplate);
        Assert.Equal("stretched", fromGguf.Name);
    }

    private static float NearestBFloat(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
    }
}
