using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Import;
using Slipway.Engine.Tests.Architectures;
using Slipway.Engine.Tests.Formats;

namespace Slipway.Engine.Tests.Import;

public sealed class GgufConversionTests
{
    [Theory]
    [InlineData("qwen3", GgmlType.BF16, 1)]
    [InlineData("qwen3", GgmlType.F32, 2)]
    [InlineData("qwen2", GgmlType.F16, 1)]
    [InlineData("llama", GgmlType.F32, 3)]
    [InlineData("llama", GgmlType.BF16, 1)]
    public void A_converted_folder_gives_the_logits_of_the_same_weights_bit_for_bit(string architecture, GgmlType type, int shards)
    {
        var model = TestModel.Create(architecture, type, tied: shards != 2);
        using var file = new LoadedTestModel(model);
        using var folder = new ModelFolder(model) { Shards = shards };

        using var converted = Convert(folder, type: null, out var notes);

        Assert.Equal(FolderModelTests.Logits(file.Model), FolderModelTests.Logits(converted));
        Assert.Empty(notes);
        Assert.Equal((Path.GetFileName(folder.Path), type.ToString()), (converted.Name, converted.Quantization));
        Assert.Equal(file.Model.Tokenizer.Encode("the <|im_end|> inner"), converted.Tokenizer.Encode("the <|im_end|> inner"));
    }

    [Theory]
    [InlineData(GgmlType.F16, 0.005)]
    [InlineData(GgmlType.BF16, 0.03)]
    [InlineData(GgmlType.Q8_0, 0.05)]
    public void Other_formats_are_made_on_the_way(GgmlType type, double tolerance)
    {
        var model = TestModel.Create("llama");
        using var file = new LoadedTestModel(model);
        using var folder = new ModelFolder(model);

        using var converted = Convert(folder, type, out _);

        Assert.Equal(type.ToString(), converted.Quantization);
        Assert.InRange(FolderModelTests.Difference(FolderModelTests.Logits(file.Model)[^1], FolderModelTests.Logits(converted)[^1]), 0, tolerance);
    }

    [Fact]
    public void Codes_of_gptq_are_kept()
    {
        var model = TestModel.Create();
        using var folder = GptqFolder.Make(model, groupSize: 64, zero: 8, version: 1, GgmlType.Q4_0);
        using var file = new LoadedTestModel(model);

        using var converted = Convert(folder, type: null, out var notes);

        Assert.Equal(FolderModelTests.Logits(file.Model), FolderModelTests.Logits(converted));
        Assert.Equal("Q4_0", converted.Quantization);
        Assert.Empty(notes);
    }

    /// <summary>Rows of queries and keys are moved for GGUF, whatever they are stored in.</summary>
    [Theory]
    [InlineData(null, "Q4_0")]
    [InlineData(GgmlType.F16, "F16")]
    public void A_quantised_llama_is_converted_with_its_rows_in_order(GgmlType? type, string stored)
    {
        using var folder = GptqFolder.Make(TestModel.Create("llama"), groupSize: 32, zero: 8, version: 2, GgmlType.F32);
        using var loaded = folder.Load();

        using var converted = Convert(folder, type, out _);

        Assert.Equal(stored, converted.Quantization);
        Assert.InRange(FolderModelTests.Difference(FolderModelTests.Logits(loaded)[^1], FolderModelTests.Logits(converted)[^1]), 0, 0.08);
    }

    [Fact]
    public void Scattered_groups_are_re_encoded_and_said_so()
    {
        var model = TestModel.Create();
        using var folder = GptqFolder.Make(model, groupSize: 32, zero: 8, version: 1, GgmlType.F32, scatters: true);
        using var file = new LoadedTestModel(model);

        using var converted = Convert(folder, type: null, out var notes);

        Assert.Contains("act-order", Assert.Single(notes), StringComparison.Ordinal);
        Assert.Equal("Q8_0", converted.Quantization);
        Assert.InRange(FolderModelTests.Difference(FolderModelTests.Logits(file.Model)[^1], FolderModelTests.Logits(converted)[^1]), 0, 0.08);
    }

    [Fact]
    public void Nothing_is_left_behind_by_a_conversion_that_is_given_up()
    {
        using var folder = new ModelFolder(TestModel.Create());
        using var output = new TemporaryFolder();
        var path = output.At("model.gguf");
        File.WriteAllText(path, "before");

        Assert.ThrowsAny<OperationCanceledException>(
            () => GgufConversion.Run(folder.Write(), path, null, null, new CancellationToken(canceled: true)));

        Assert.Equal("before", File.ReadAllText(Assert.Single(Directory.GetFiles(output.Path))));
    }

    [Theory]
    [InlineData(1e5f, GgmlType.F16, "row 1, column 2 is 100000")]
    [InlineData(1e5f, GgmlType.Q8_0, "row 1, column 2 is 100000")]
    [InlineData(float.NaN, null, "row 1, column 2 is NaN; accepted are finite numbers")]
    [InlineData(float.NegativeInfinity, GgmlType.BF16, "is -Infinity")]
    public void A_value_that_the_type_cannot_hold_is_refused_by_its_place(float value, GgmlType? type, string why)
    {
        const string Name = "model.layers.1.mlp.up_proj.weight";
        using var folder = new ModelFolder(TestModel.Create());
        using var output = new TemporaryFolder();
        BitConverter.TryWriteBytes(folder.Tensors[Name].Bytes.AsSpan(sizeof(float) * (64 + 2)), value);

        var fault = Assert.Throws<ModelFormatException>(
            () => GgufConversion.Run(folder.Write(), output.At("model.gguf"), type, null, TestContext.Current.CancellationToken));

        Assert.Contains(Name, fault.Message, StringComparison.Ordinal);
        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(output.Path));
    }

    [Fact]
    public void A_large_value_is_kept_where_the_type_holds_it()
    {
        using var folder = new ModelFolder(TestModel.Create());
        using var output = new TemporaryFolder();
        BitConverter.TryWriteBytes(folder.Tensors["model.layers.1.mlp.up_proj.weight"].Bytes.AsSpan(), 1e5f);

        GgufConversion.Run(folder.Write(), output.At("model.gguf"), GgmlType.BF16, null, TestContext.Current.CancellationToken);

        Assert.True(File.Exists(output.At("model.gguf")));
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    public void A_file_of_the_folder_is_not_replaced(string file)
    {
        using var folder = new ModelFolder(TestModel.Create());
        folder.Write();
        var before = File.ReadAllBytes(folder.At(file));

        var fault = Assert.Throws<ArgumentException>(
            () => GgufConversion.Run(folder.Path, folder.At(file), null, null, TestContext.Current.CancellationToken));

        Assert.Contains("is a file of the model to read", fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(folder.At(file)));
    }

    [Fact]
    public void An_earlier_conversion_in_the_folder_is_replaced()
    {
        using var folder = new ModelFolder(TestModel.Create());
        GgufConversion.Run(folder.Write(), folder.At("model.gguf"), null, null, TestContext.Current.CancellationToken);

        GgufConversion.Run(folder.Path, folder.At("model.gguf"), GgmlType.Q8_0, null, TestContext.Current.CancellationToken);

        using var file = GgufFile.Open(folder.At("model.gguf"));
        Assert.Equal(GgmlType.Q8_0, file.FindTensor("blk.0.ffn_up.weight")!.Type);
    }

    [Fact]
    public void A_folder_that_lacks_a_tensor_is_refused_before_anything_is_written()
    {
        using var folder = new ModelFolder(TestModel.Create());
        using var output = new TemporaryFolder();
        folder.Tensors.Remove("model.layers.1.mlp.down_proj.weight");

        var fault = Assert.Throws<ModelFormatException>(
            () => GgufConversion.Run(folder.Write(), output.At("model.gguf"), null, null, TestContext.Current.CancellationToken));

        Assert.Contains("model.layers.1.mlp.down_proj.weight", fault.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(output.Path));
    }

    [Fact]
    public void A_type_that_is_not_made_here_is_refused()
    {
        var fault = Assert.Throws<ArgumentException>(
            () => GgufConversion.Run("in", "out.gguf", GgmlType.Q4_K, null, TestContext.Current.CancellationToken));

        Assert.Contains("F16, BF16, F32, Q8_0", fault.Message, StringComparison.Ordinal);
    }

    private static LanguageModel Convert(ModelFolder folder, GgmlType? type, out IReadOnlyList<string> notes)
    {
        using var output = new TemporaryFile();
        notes = GgufConversion.Run(folder.Write(), output.Path, type, null, TestContext.Current.CancellationToken);
        return LanguageModel.Load(output.Path); // Mapped: it stays readable after its name is gone.
    }
}
