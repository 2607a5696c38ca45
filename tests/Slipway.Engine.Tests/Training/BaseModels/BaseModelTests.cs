using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Engine.Architectures;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Tests.Architectures;
using Slipway.Engine.Tests.Formats;
using Slipway.Engine.Tests.Training.Export;
using Slipway.Engine.Training.BaseModels;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Tests.Training.BaseModels;

public sealed class BaseModelTests
{
    public static TheoryData<GgmlType> Types => [.. Enum.GetValues<GgmlType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_format_is_read_as_the_engine_would_compute_with_it(GgmlType type)
    {
        var model = TestModel.Create(type: type, hidden: 256);
        using var opened = new OpenedTestModel(model);

        var values = OpenedTestModel.Values(opened.Parameters.Single(parameter => parameter.Name == "blk.1.ffn_down.weight"));

        Assert.Equal(Decode(model.Tensors["blk.1.ffn_down.weight"]), values);
        Assert.True(opened.Base.TiesOutput);
        Assert.Equal(TestModel.Vocabulary, opened.Base.Vocabulary);
        Assert.Equal("test-qwen3", opened.Base.Name);
        Assert.Equal(TestModel.ChatTemplate, opened.Base.ChatTemplate);
    }

    [Theory]
    [InlineData("qwen2")]
    [InlineData("llama")]
    public void Families_that_cannot_be_trained_are_refused_by_name(string architecture)
    {
        using var path = new TemporaryFile();
        TestModel.Create(architecture).Write(path.Path);

        var fault = Assert.Throws<ModelFormatException>(() => BaseModel.Open(path.Path));

        Assert.Contains($"{architecture} family", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("blk.0.attn_q.weight", 3, 64, "128 × 64")]
    [InlineData("blk.2.attn_q.weight", 128, 64, "no tensor")]
    [InlineData("nonsense", 1, 1, "no tensor")]
    public void A_parameter_that_does_not_fit_is_refused(string name, int rows, int columns, string why)
    {
        using var opened = new OpenedTestModel(TestModel.Create());
        using var parameter = new Parameter(name, rows, columns, isVector: false);

        var fault = Assert.Throws<ModelFormatException>(() => opened.Base.Read(parameter));

        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("model.safetensors")]
    public void A_folder_without_one_of_its_files_is_refused_by_that_name(string file)
    {
        using var folder = ExportedFolder();
        File.Delete(folder.At("model", file));

        var fault = Assert.Throws<FileNotFoundException>(() => BaseModel.Open(folder.At("model")));

        Assert.Contains(file, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model_type", "\"llama\"", "llama")]
    [InlineData("model_type", "null", "model_type")]
    [InlineData("model_type", "\"\\ud800\"", "Unicode")]
    [InlineData("hidden_size", "63", "63")]
    [InlineData("hidden_size", "0", "'hidden_size' is 0")]
    [InlineData("hidden_size", "1e99", "1e99")]
    [InlineData("hidden_size", "\"64\"", "an integer")]
    [InlineData("hidden_size", "96", "tokens × 96")]
    [InlineData("hidden_size", "null", "no 'hidden_size'")]
    [InlineData("num_hidden_layers", "2000", "2000 layers")]
    [InlineData("num_attention_heads", "3", "no multiple")]
    [InlineData("head_dim", "7", "multiples of 8")]
    [InlineData("rms_norm_eps", "-1", "epsilon")]
    [InlineData("rms_norm_eps", "1e999", "a number")]
    [InlineData("rope_theta", "0", "rope base")]
    [InlineData("rope_scaling", "7", "an object")]
    [InlineData("rope_scaling", """{"rope_type":"dynamic","factor":2}""", "'dynamic'")]
    [InlineData("rope_scaling", """{"rope_type":"yarn","factor":0.5}""", "0.5")]
    [InlineData("rope_scaling", """{"rope_type":"yarn","factor":4,"beta_fast":16}""", "beta_fast 16")]
    [InlineData("rope_scaling", """{"rope_type":"yarn","factor":4,"attention_factor":2}""", "attention_factor 2")]
    [InlineData("hidden_act", "\"gelu\"", "gelu")]
    [InlineData("attention_bias", "true", "attention_bias")]
    [InlineData("use_sliding_window", "1", "true or false")]
    [InlineData("quantization_config", """{"bits":4}""", "unquantised")]
    [InlineData("tie_word_embeddings", "\"yes\"", "true or false")]
    public void A_configuration_that_does_not_fit_is_refused_by_that_value(string name, string value, string why)
    {
        using var folder = ExportedFolder();
        Edit(folder.At("model", "config.json"), name, value);

        var fault = Assert.Throws<ModelFormatException>(() => BaseModel.Open(folder.At("model")));

        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "expected is an object")]
    [InlineData("{", "cannot be read")]
    [InlineData("deep", "cannot be read")]
    [InlineData("long", "accepted are up to")]
    public void A_configuration_that_is_no_small_object_is_refused(string content, string why)
    {
        using var folder = ExportedFolder();
        File.WriteAllText(folder.At("model", "config.json"), content switch
        {
            "deep" => $"{{\"a\":{new string('[', 100_000)}",
            "long" => $"{{{new string(' ', 5 << 20)}}}",
            _ => content,
        });

        var fault = Assert.Throws<ModelFormatException>(() => BaseModel.Open(folder.At("model")));

        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_transformers_5_keeps_rotary_embedding_is_read_too()
    {
        const string Parameters = """{"rope_type":"yarn","rope_theta":500000,"factor":4,"original_max_position_embeddings":128}""";
        using var folder = ExportedFolder();
        Edit(folder.At("model", "config.json"), "rope_parameters", Parameters);

        using var model = BaseModel.Open(folder.At("model"));

        Assert.Equal(500_000, model.Shape.RopeBase);
        Assert.Equal(new RopeScaling(RopeScalingKind.Yarn, 4, 128), model.Shape.Scaling);
    }

    [Theory]
    [InlineData("null", null)]
    [InlineData("\"one\"", "one")]
    [InlineData("""[{"name":"tool_use","template":"two"},{"name":"default","template":"one"}]""", "one")]
    public void The_chat_template_is_found_in_every_form(string value, string? expected)
    {
        using var folder = ExportedFolder();
        Edit(folder.At("model", "tokenizer_config.json"), "chat_template", value);

        using var model = BaseModel.Open(folder.At("model"));

        Assert.Equal(expected, model.ChatTemplate);
    }

    [Fact]
    public void A_template_file_goes_before_the_configuration()
    {
        using var folder = ExportedFolder();
        File.WriteAllText(folder.At("model", "chat_template.jinja"), "from the file");

        using var model = BaseModel.Open(folder.At("model"));

        Assert.Equal("from the file", model.ChatTemplate);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("[7]")]
    [InlineData("""[{"name":"default"}]""")]
    [InlineData("""[{"name":"tool_use","template":"two"}]""")]
    public void A_chat_template_in_no_known_form_is_refused(string value)
    {
        using var folder = ExportedFolder();
        Edit(folder.At("model", "tokenizer_config.json"), "chat_template", value);

        var fault = Assert.Throws<ModelFormatException>(() => BaseModel.Open(folder.At("model")));

        Assert.Contains("chat_template", fault.Message, StringComparison.Ordinal);
    }

    private static TemporaryFolder ExportedFolder()
    {
        var folder = new TemporaryFolder();
        using var opened = new OpenedTestModel(TestModel.Create());
        opened.Export.WriteHuggingFace(folder.At("model"));
        return folder;
    }

    /// <summary>Sets a value as raw JSON, which need not be valid for a library that writes JSON.</summary>
    private static void Edit(string path, string name, string value)
    {
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        config[name] = "@";
        var text = config.ToJsonString(new JsonSerializerOptions { WriteIndented = false });
        File.WriteAllText(path, text.Replace("\"@\"", value, StringComparison.Ordinal));
    }

    private static unsafe float[] Decode(TestTensor tensor)
    {
        var values = new float[tensor.Dimensions[0] * tensor.Dimensions[1]];
        fixed (byte* bytes = tensor.Bytes)
        fixed (float* output = values)
        {
            Dequantizer.Row(tensor.Type, bytes, output, values.Length);
        }
        return values;
    }
}
