using System.Text.Json.Nodes;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Import;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Engine.Tests.Import;

public sealed class RefusedFolderTests
{
    [Theory]
    [InlineData("""{"quant_method":"awq","bits":4,"version":"gemm"}""", "'awq'")]
    [InlineData("""{"quant_method":"bitsandbytes","load_in_4bit":true}""", "'bitsandbytes'")]
    [InlineData("""{"bits":4}""", "no 'quant_method'")]
    [InlineData("""{"load_in_8bit":true}""", "'bitsandbytes'")]
    [InlineData("""{"quant_method":"fp8"}""", "'fp8'")]
    [InlineData("""{"quant_method":"compressed-tensors"}""", "'compressed-tensors'")]
    [InlineData("""{"quant_method":"exl2","bits":4}""", "'exl2'")]
    [InlineData("""{"quant_method":"gptq","bits":8,"group_size":128}""", "bits is 8")]
    [InlineData("""{"quant_method":"gptq","group_size":128}""", "no 'bits'")]
    [InlineData("""{"quant_method":"gptq","bits":4,"checkpoint_format":"marlin"}""", "'marlin'")]
    [InlineData("""{"quant_method":"gptq","bits":4,"is_marlin_format":true}""", "'marlin'")]
    [InlineData("""{"quant_method":"gptq","bits":4,"format":"bitblas"}""", "'bitblas'")]
    [InlineData("""{"quant_method":"gptq","bits":4,"pack_dtype":"int8"}""", "'int8'")]
    public void Other_quantisations_are_refused_by_name_with_what_is_accepted(string section, string why)
    {
        using var folder = new ModelFolder(TestModel.Create());
        folder.Config["quantization_config"] = JsonNode.Parse(section);

        var fault = Fault(folder);

        Assert.Contains(why, fault, StringComparison.Ordinal);
        Assert.Contains("GPTQ with 4 bits", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model_type", "\"mixtral\"", "'mixtral'; accepted are qwen3, qwen2, llama")]
    [InlineData("mlp_bias", "true", "mlp_bias")]
    [InlineData("use_sliding_window", "true", "use_sliding_window")]
    [InlineData("partial_rotary_factor", "0.5", "partial_rotary_factor")]
    [InlineData("eos_token_id", "\"</s>\"", "eos_token_id")]
    [InlineData("eos_token_id", "[1,[2]]", "eos_token_id")]
    [InlineData("eos_token_id", "999999", "999999")]
    [InlineData("num_hidden_layers", "1", "model of 1 layers")]
    [InlineData("num_hidden_layers", "3", "no tensor 'model.layers.2.input_layernorm.weight'")]
    [InlineData("hidden_size", "96", "asks for")]
    [InlineData("head_dim", "12", "multiples of 8")]
    [InlineData("quantization_config", """{"quant_method":"gptq","bits":4,"group_size":0}""", "group_size is 0")]
    [InlineData("quantization_config", """{"quant_method":"gptq","bits":4,"group_size":1.5}""", "group_size is 1.5")]
    [InlineData("rope_scaling", """{"rope_type":"llama3","factor":8}""", "llama3")]
    [InlineData("rope_scaling", """{"rope_type":"longrope"}""", "'longrope'")]
    [InlineData("attention_bias", "true", "attention_bias")]
    public void A_configuration_that_does_not_fit_is_refused_by_that_value(string name, string value, string why)
    {
        using var folder = new ModelFolder(TestModel.Create());
        folder.Config[name] = JsonNode.Parse(value);

        Assert.Contains(why, Fault(folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.layers.0.mlp.gate_proj.bias", "F32", "not zero")]
    [InlineData("model.layers.0.self_attn.q_proj.bias", "F32", "not zero")]
    [InlineData("model.layers.7.mlp.gate_proj.weight", "F32", "would be left out")]
    [InlineData("score.weight", "F32", "would be left out")]
    [InlineData("model.layers.0.mlp.gate_proj.weight", "F8_E4M3", "F8_E4M3")]
    [InlineData("model.layers.0.mlp.gate_proj.weight", "I32", "I32")]
    [InlineData("model.layers.0.mlp.gate_proj.weight", "F32", "4; the model's metadata asks for")]
    [InlineData("model.embed_tokens.qweight", "I32", "neither config.json")]
    [InlineData("model.layers.0.mlp.gate_proj.qweight", "I32", "neither config.json nor quantize_config.json")]
    public void A_tensor_that_does_not_fit_is_refused_by_name(string name, string type, string why)
    {
        using var folder = new ModelFolder(TestModel.Create());
        folder.Tensors[name] = new FolderTensorBytes(Enum.Parse<SafetensorsType>(type), [4], [.. Enumerable.Repeat((byte)1, type == "F8_E4M3" ? 4 : 16)]);

        var fault = Fault(folder);

        Assert.Contains(why, fault, StringComparison.Ordinal);
        Assert.Contains(name, fault, StringComparison.Ordinal);
    }

    /// <summary>Half of a surrogate pair passes the parser of JSON; what reads it fails.</summary>
    [Theory]
    [InlineData("config.json", """{"\ud800":1,""")]
    [InlineData("config.json", """{"x":{"y":["\ud800"]},""")]
    [InlineData("generation_config.json", """{"\udc00":1,""")]
    [InlineData("tokenizer_config.json", """{"\udc00":1,""")]
    public void A_file_with_a_text_that_is_none_is_refused_by_its_name(string file, string beginning)
    {
        using var folder = new ModelFolder(TestModel.Create()) { Generation = new JsonObject { ["eos_token_id"] = 1 } };
        folder.Write();
        File.WriteAllText(folder.At(file), beginning + File.ReadAllText(folder.At(file))[1..]);

        var fault = Assert.Throws<ModelFormatException>(() => LanguageModel.Load(folder.Path));

        Assert.Contains(file, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_whose_output_matrix_is_missing_is_not_tied_instead()
    {
        using var folder = new ModelFolder(TestModel.Create());
        folder.Config["tie_word_embeddings"] = false;

        var fault = Fault(folder);

        Assert.Contains("tie_word_embeddings is false", fault, StringComparison.Ordinal);
        Assert.Contains("'lm_head.weight'", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quantised_embedding_is_refused()
    {
        using var folder = GptqFolder.Make(TestModel.Create(), groupSize: 32, zero: 8, version: 1, GgmlType.Q4_0);
        new GptqPacker(64, 272, groupSize: 32, zero: 8, scatters: true, seed: 1).Put(folder, "model.embed_tokens.weight", version: 1);

        Assert.Contains("quantised embedding", Fault(folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64, 0)]
    [InlineData(0, 64)]
    public void Looking_at_a_folder_with_an_empty_matrix_fails_in_no_other_way(long rows, long columns)
    {
        using var folder = new ModelFolder(TestModel.Create());
        folder.Tensors["model.layers.0.mlp.up_proj.weight"] = new FolderTensorBytes(SafetensorsType.F32, [rows, columns], []);
        folder.Tensors["model.norm.weight"] = new FolderTensorBytes(SafetensorsType.F32, [], new byte[4]);

        var contents = FolderContents.Read(folder.Write());

        Assert.Contains(contents.Tensors, tensor => tensor.ByteLength == 0);
        Assert.Throws<ModelFormatException>(() => LanguageModel.Load(folder.Path));
    }

    [Theory]
    [InlineData("qzeros", "I32", 8, "ask for I32 of 2 × 16")]
    [InlineData("scales", "F32", 1, "ask for F16")]
    [InlineData("qweight", "I32", 1, "needed are inputs / 8")]
    [InlineData("g_idx", "I32", 3, "ask for I32 of 64")]
    [InlineData("g_idx", "I32", 64, "is of group")]
    [InlineData("qzeros", null, 0, "no tensor")]
    [InlineData("weight", "F32", 1, "accepted is one of them")]
    public void A_quantised_matrix_whose_parts_do_not_fit_is_refused_by_the_part(string part, string? type, int length, string why)
    {
        const string Stem = "model.layers.1.mlp.up_proj.";
        using var folder = GptqFolder.Make(TestModel.Create(), groupSize: 32, zero: 8, version: 1, GgmlType.Q4_0);
        folder.Tensors.Remove(Stem + part);
        if (type is { } given)
        {
            folder.Tensors[Stem + part] = new FolderTensorBytes(Enum.Parse<SafetensorsType>(given), [length], [.. Enumerable.Repeat((byte)255, length * 4)]);
        }

        Assert.Contains(why, Fault(folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../model-00001-of-00002.safetensors", "in the same folder")]
    [InlineData("/etc/passwd.safetensors", "in the same folder")]
    [InlineData("gone.safetensors", "gone.safetensors")]
    public void An_index_that_leads_elsewhere_or_nowhere_is_refused(string shard, string why)
    {
        using var folder = new ModelFolder(TestModel.Create()) { Shards = 2 };
        folder.Write();
        var index = JsonNode.Parse(File.ReadAllText(folder.At("model.safetensors.index.json")))!;
        index["weight_map"]!["model.norm.weight"] = shard;
        File.WriteAllText(folder.At("model.safetensors.index.json"), index.ToJsonString());

        var fault = Assert.ThrowsAny<Exception>(() => LanguageModel.Load(folder.Path));

        Assert.True(fault is ModelFormatException or FileNotFoundException, fault.GetType().Name);
        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("model.safetensors")]
    public void A_folder_without_one_of_its_files_is_refused_by_that_name(string file)
    {
        using var folder = new ModelFolder(TestModel.Create());
        folder.Write();
        File.Delete(folder.At(file));

        var fault = Assert.Throws<FileNotFoundException>(() => LanguageModel.Load(folder.Path));

        Assert.Contains(file, fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Cut anywhere, or with any byte changed, a folder loads or is refused: nothing else happens.</summary>
    [Fact]
    public void Broken_weights_are_refused_and_never_read_beyond()
    {
        using var folder = GptqFolder.Make(TestModel.Create(), groupSize: 32, zero: 8, version: 1, GgmlType.Q4_0);
        folder.Write();
        var whole = File.ReadAllBytes(folder.At("model.safetensors"));
        var header = BitConverter.ToInt32(whole);
        var random = new Random(5);
        List<Exception> surprises = [];

        for (var round = 0; round < 150; round++)
        {
            var bytes = whole.ToArray();
            bytes[8 + random.Next(header)] = (byte)random.Next(32, 127);
            File.WriteAllBytes(folder.At("model.safetensors"), round % 3 == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            if (Record.Exception(() => LanguageModel.Load(folder.Path).Dispose()) is { } fault and not ModelFormatException)
            {
                surprises.Add(fault);
            }
        }

        Assert.Empty(surprises);
    }

    [Fact]
    public void Heads_of_no_values_are_refused()
    {
        using var folder = new ModelFolder(TestModel.Create("llama"));
        folder.Config.Remove("head_dim");
        (folder.Config["num_attention_heads"], folder.Config["num_key_value_heads"]) = (128, 128);

        Assert.Contains("heads of 0 values", Fault(folder), StringComparison.Ordinal);
    }

    private static string Fault(ModelFolder folder) => Assert.Throws<ModelFormatException>(() => folder.Load()).Message;
}
