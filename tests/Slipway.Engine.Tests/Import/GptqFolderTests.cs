using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Import.Gptq;
using Slipway.Engine.Kernels;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Engine.Tests.Import;

public sealed class GptqFolderTests
{
    [Theory]
    [InlineData("qwen3", 32, 1)]
    [InlineData("qwen3", 64, 2)]
    [InlineData("qwen3", -1, 1)]
    [InlineData("qwen3", 128, 2)]
    [InlineData("qwen2", 32, 2)]
    public void Symmetric_groups_give_the_logits_of_the_same_q4_0_blocks_bit_for_bit(string architecture, int groupSize, int version)
    {
        var model = TestModel.Create(architecture);
        using var folder = GptqFolder.Make(model, groupSize, zero: 8, version, GgmlType.Q4_0);
        using var file = new LoadedTestModel(model);
        using var loaded = folder.Load();

        var logits = FolderModelTests.Logits(loaded);

        Assert.Equal(FolderModelTests.Logits(file.Model), logits);
        Assert.Equal("Q4_0", loaded.Quantization);
        Assert.Empty(loaded.Notes);
    }

    [Theory]
    [InlineData(32, 2)]
    [InlineData(64, 1)]
    [InlineData(-1, 2)]
    public void Other_zeros_give_the_logits_of_the_same_q4_1_blocks_bit_for_bit(int groupSize, int version)
    {
        var model = TestModel.Create();
        using var folder = GptqFolder.Make(model, groupSize, zero: null, version, GgmlType.Q4_1, writesGroups: false);
        using var file = new LoadedTestModel(model);
        using var loaded = folder.Load();

        var logits = FolderModelTests.Logits(loaded);

        Assert.Equal(FolderModelTests.Logits(file.Model), logits);
        Assert.Equal("Q4_1", loaded.Quantization);
    }

    /// <summary>Against weights in singles: what differs is the rounding of activations to bytes, as for every integer format.</summary>
    [Theory]
    [InlineData("qwen3", 32, 8, 1, false)]
    [InlineData("qwen3", 32, null, 2, false)]
    [InlineData("qwen3", 32, 8, 2, true)]
    [InlineData("qwen3", 64, null, 1, true)]
    [InlineData("qwen2", 32, 8, 1, true)]
    [InlineData("qwen3", 16, 8, 1, false)]
    [InlineData("qwen3", 16, null, 2, true)]
    public void Every_folder_gives_the_logits_of_what_its_codes_mean(string architecture, int groupSize, int? zero, int version, bool scatters)
    {
        var model = TestModel.Create(architecture);
        using var folder = GptqFolder.Make(model, groupSize, zero, version, GgmlType.F32, scatters);
        using var file = new LoadedTestModel(model);
        using var loaded = folder.Load();

        var logits = FolderModelTests.Logits(loaded);

        Assert.InRange(FolderModelTests.Difference(FolderModelTests.Logits(file.Model)[^1], logits[^1]), 0, 0.08);
    }

    [Theory]
    [InlineData(32, 8, true)]
    [InlineData(64, null, true)]
    [InlineData(-1, 8, true)]
    [InlineData(32, 8, false)]
    public void Sorted_columns_hold_the_weights_of_the_inputs_that_they_are_multiplied_with(int groupSize, int? zero, bool scatters)
    {
        var packer = new GptqPacker(128, 72, groupSize, zero, scatters, seed: 3);
        var (matrix, values) = Repacked(packer, groupSize, version: 2);

        var expected = Ordered(packer.Values(), matrix);

        // A minimum is a half: its last bit is 2^−11 of it at most, and the largest here is 15 scales of 0.027.
        Assert.All(expected.Zip(values), pair => Assert.Equal(pair.First, pair.Second, tolerance: zero == 8 ? 0 : 2.1e-4f));
        Assert.Equal(zero == 8 ? GgmlType.Q4_0 : GgmlType.Q4_1, matrix.Type);
        Assert.Equal(scatters && groupSize > 0, matrix.InputOrder is not null);
    }

    [Fact]
    public void Groups_that_do_not_fill_blocks_are_re_encoded_and_said_so()
    {
        using var folder = GptqFolder.Make(TestModel.Create(), groupSize: 16, zero: 8, version: 1, GgmlType.F32);

        using var loaded = folder.Load();

        Assert.Contains("re-encoded as Q8_0", Assert.Single(loaded.Notes), StringComparison.Ordinal);
        Assert.Equal("Q8_0", loaded.Quantization);
    }

    [Fact]
    public void Zeros_that_wrapped_around_in_version_1_are_read_as_0_and_said_so()
    {
        var model = TestModel.Create();
        using var folder = GptqFolder.Make(model, groupSize: 32, zero: 0, version: 1, GgmlType.Q4_1);
        using var file = new LoadedTestModel(model);
        using var loaded = folder.Load();

        var logits = FolderModelTests.Logits(loaded);

        Assert.Equal(FolderModelTests.Logits(file.Model), logits);
        Assert.Contains("zeros of 0 where 15 is stored", Assert.Single(loaded.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void The_configuration_may_lie_in_a_file_of_its_own()
    {
        var model = TestModel.Create();
        using var folder = GptqFolder.Make(model, groupSize: 32, zero: 8, version: 1, GgmlType.Q4_0);
        folder.Config.Remove("quantization_config");
        File.WriteAllText(folder.At("quantize_config.json"), """{"bits":4,"group_size":32,"sym":true,"desc_act":false}""");
        using var file = new LoadedTestModel(model);
        using var loaded = folder.Load();

        var logits = FolderModelTests.Logits(loaded);

        Assert.Equal(FolderModelTests.Logits(file.Model), logits);
    }

    private static unsafe (GptqMatrix Matrix, float[] Values) Repacked(GptqPacker packer, int groupSize, int version)
    {
        using var folder = new ModelFolder(TestModel.Create());
        folder.Tensors.Clear();
        packer.Put(folder, "m.weight", version);
        folder.Write();
        using var file = SafetensorsFile.Open(folder.Path);
        var matrix = GptqMatrix.Read(file, "m", new GptqConfig(groupSize, IsSymmetric: false, StoresTrueZeros: version == 2), new InputOrders());
        var bytes = new byte[matrix.Type.RowBytes(matrix.Inputs) * matrix.Outputs];
        var values = new float[matrix.Inputs * matrix.Outputs];
        fixed (byte* blocks = bytes)
        fixed (float* output = values)
        {
            matrix.Repack(blocks, TestContext.Current.CancellationToken);
            Dequantizer.Row(matrix.Type, blocks, output, values.Length);
        }
        return (matrix, values);
    }

    private static float[] Ordered(float[] values, GptqMatrix matrix) => matrix.InputOrder is not { } order
        ? values
        : [.. values.Chunk(order.Length).SelectMany(row => order.Select(input => row[input]))];
}
