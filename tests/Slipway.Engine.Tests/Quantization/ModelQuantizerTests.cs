using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Quantization;
using Slipway.Engine.Tests.Architectures;
using Slipway.Engine.Tests.Formats;

namespace Slipway.Engine.Tests.Quantization;

public sealed unsafe class ModelQuantizerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Input => _folder.At("in.gguf");

    private string Output => _folder.At("out.gguf");

    [Fact]
    public void All_metadata_is_kept_and_names_the_new_format()
    {
        TestModel.Create(hidden: 256).Write(Input);

        Quantize(QuantizationType.Q4_K_M);

        using var before = GgufFile.Open(Input);
        using var after = GgufFile.Open(Output);
        Assert.Equal(before.Metadata.Keys, after.Metadata.Keys.Except(["general.file_type", "general.quantization_version"]));
        Assert.All(before.Metadata.Keys, key => Assert.Equal(Raw(before, key), Raw(after, key)));
        Assert.Equal(15, after.Metadata.GetInteger("general.file_type"));
        Assert.Equal(2, after.Metadata.GetInteger("general.quantization_version"));
        Assert.Equal(before.Tensors.Select(tensor => tensor.Name), after.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(GgmlType.Q6_K, after.FindTensor("token_embd.weight")!.Type);
        Assert.Equal(GgmlType.Q4_K, after.FindTensor("blk.0.attn_q.weight")!.Type);
    }

    [Fact]
    public void The_report_tells_the_error_that_is_in_the_file()
    {
        var model = TestModel.Create(hidden: 256);
        model.Write(Input);

        var outcome = Quantize(QuantizationType.Q4_K_M);

        using var file = GgufFile.Open(Output);
        foreach (var tensor in outcome.Tensors)
        {
            var stored = file.FindTensor(tensor.Name)!;
            var original = Blocks.Decode(tensor.From, model.Tensors[tensor.Name].Bytes, (int)tensor.Values);
            var bytes = new ReadOnlySpan<byte>(stored.Data, (int)stored.ByteLength).ToArray();
            Assert.Equal(Blocks.RootMeanSquare(original, Blocks.Decode(stored.Type, bytes, original.Length)), tensor.Error!.Value, 1e-9);
        }
        Assert.Equal(file.Length, outcome.Bytes);
        Assert.InRange(outcome.RelativeError!.Value, 0.01, 0.1);
    }

    [Fact]
    public void The_number_of_threads_changes_neither_file_nor_report()
    {
        TestModel.Create(hidden: 256).Write(Input);
        var one = Quantize(QuantizationType.Q5_K_M, threads: 1);
        var bytes = File.ReadAllBytes(Output);

        var five = Quantize(QuantizationType.Q5_K_M, threads: 5);

        Assert.Equal(bytes, File.ReadAllBytes(Output));
        Assert.Equal(one.Error, five.Error);
    }

    [Fact]
    public void On_the_bundled_model_every_matrix_of_Q4_K_has_less_error_than_in_Q4_0()
    {
        var bundled = BundledModel.Find();
        var options = new QuantizationOptions { Type = QuantizationType.Q4_K_M, AllowRequantize = true, MeasureErrors = true, Overwrites = true };
        var mixed = ModelQuantizer.Quantize(bundled, Output, options, null, TestContext.Current.CancellationToken);

        var plain = ModelQuantizer.Quantize(bundled, Output, options with { Type = QuantizationType.Q4_0 }, null, TestContext.Current.CancellationToken);

        Assert.All(
            mixed.Tensors.Zip(plain.Tensors).Where(pair => pair.Second.To == GgmlType.Q4_0),
            pair => Assert.True(pair.First.Error < pair.Second.Error, $"{pair.First.Name}: {pair.First.Error:e4}, {pair.Second.Error:e4}"));
    }

    [Fact]
    public void A_model_in_parts_becomes_one_file()
    {
        for (var part = 0; part < 2; part++)
        {
            var writer = new GgufWriter();
            writer.Add("general.architecture", "qwen3");
            writer.Add("general.alignment", 64u);
            writer.Add("split.no", (uint)part);
            writer.Add("split.count", 2u);
            writer.Add("split.tensors.count", 2);
            writer.AddTensor($"blk.{part}.ffn_up.weight", GgmlType.F32, [256, 1], new byte[1024]);
            writer.Write(_folder.At($"in-{part + 1:D5}-of-00002.gguf"));
        }

        ModelQuantizer.Quantize(_folder.At("in-00001-of-00002.gguf"), Output, Options(QuantizationType.Q4_K_M), null, TestContext.Current.CancellationToken);

        using var file = GgufFile.Open(Output);
        Assert.Equal(["blk.0.ffn_up.weight", "blk.1.ffn_up.weight"], file.Tensors.Select(tensor => tensor.Name));
        Assert.DoesNotContain(file.Metadata.Keys, key => key.StartsWith("split.", StringComparison.Ordinal) || key == "general.alignment");
    }

    [Theory]
    [InlineData(float.NaN, "is NaN; accepted are finite numbers")]
    [InlineData(float.NegativeInfinity, "is -Infinity; accepted are finite numbers")]
    [InlineData(1e9f, "is 1E+09; Q4_K holds magnitudes below 65520")]
    public void A_value_that_cannot_be_stored_is_named_by_its_place_and_leaves_no_file(float value, string expected)
    {
        var values = new float[512 * 100];
        values[(512 * 70) + 41] = value;
        Write("blk.0.ffn_up.weight", GgmlType.F32, [512, 100], values);

        var fault = Assert.Throws<ModelFormatException>(() => Quantize(QuantizationType.Q4_K_M));

        Assert.Contains($"'blk.0.ffn_up.weight': the value in row 70, column 41 {expected}", fault.Message, StringComparison.Ordinal);
        AssertInputAlone();
    }

    [Fact]
    public void A_quantized_model_is_refused_unless_that_is_allowed_and_copied_where_nothing_changes()
    {
        Write("blk.0.ffn_up.weight", GgmlType.Q8_0, [256, 2], Blocks.Make("gaussian", 512, seed: 1));

        var fault = Assert.Throws<ModelFormatException>(() => Quantize(QuantizationType.Q4_K_M));
        var same = Quantize(QuantizationType.Q8_0);
        var allowed = Quantize(Options(QuantizationType.Q4_K_M) with { AllowRequantize = true });

        Assert.Contains("tensor 'blk.0.ffn_up.weight' is Q8_0 already", fault.Message, StringComparison.Ordinal);
        Assert.Contains("--allow-requantize", fault.Message, StringComparison.Ordinal);
        Assert.Equal(0, same.Error);
        Assert.Equal(GgmlType.Q4_K, allowed.Tensors.Single().To);
    }

    [Fact]
    public void The_model_itself_is_never_replaced_not_even_by_another_name_of_it()
    {
        TestModel.Create().Write(Input);
        File.CreateSymbolicLink(_folder.At("link.gguf"), Input);
        Directory.CreateSymbolicLink(_folder.At("folder"), _folder.Path);

        Assert.All([Input, _folder.At("link.gguf"), _folder.At("x", "..", "in.gguf"), _folder.At("folder", "link.gguf")], output => Assert.Contains(
            "is a file of the model to read",
            Assert.Throws<ArgumentException>(() => Quantize(Options(QuantizationType.Q8_0), output)).Message,
            StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_in_the_way_is_kept_unless_it_may_be_replaced()
    {
        TestModel.Create().Write(Input);
        File.WriteAllText(Output, "mine");

        var fault = Assert.Throws<IOException>(() => Quantize(Options(QuantizationType.Q8_0) with { Overwrites = false }));

        Assert.Contains("--force", fault.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(Output));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_told_before_the_work()
    {
        TestModel.Create().Write(Input);

        Assert.Throws<DirectoryNotFoundException>(() => Quantize(Options(QuantizationType.Q8_0), _folder.At("gone", "out.gguf")));
        Assert.Contains("is a folder", Assert.Throws<IOException>(() => Quantize(Options(QuantizationType.Q8_0), _folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "needs 1,000 bytes; the disk has 999 left",
            Assert.Throws<IOException>(() => OutputPlace.CheckRoom("out.gguf", 1000, free: 999)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Stopped_in_the_middle_it_leaves_the_old_file_and_no_draft()
    {
        TestModel.Create().Write(Input);
        File.WriteAllText(Output, "old");
        using var stopping = new CancellationTokenSource();
        var progress = new FirstReport(stopping.Cancel);

        Assert.Throws<OperationCanceledException>(() => ModelQuantizer.Quantize(Input, Output, Options(QuantizationType.Q8_0), progress, stopping.Token));

        Assert.Equal("old", File.ReadAllText(Output));
        File.Delete(Output);
        AssertInputAlone();
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Raw(GgufFile file, string key)
    {
        var (address, length) = file.Metadata.RawValue(key);
        return new ReadOnlySpan<byte>((void*)address, (int)length).ToArray();
    }

    private static QuantizationOptions Options(QuantizationType type, int threads = 2) =>
        new() { Type = type, Threads = threads, MeasureErrors = true, Overwrites = true };

    private void Write(string name, GgmlType type, long[] dimensions, float[] values)
    {
        var writer = new GgufWriter();
        writer.Add("general.architecture", "qwen3");
        writer.AddTensor(name, type, dimensions, Quantizer.Encode(type, values));
        writer.Write(Input);
    }

    private QuantizationOutcome Quantize(QuantizationType type, int threads = 2) => Quantize(Options(type, threads));

    private QuantizationOutcome Quantize(QuantizationOptions options, string? output = null) =>
        ModelQuantizer.Quantize(Input, output ?? Output, options, progress: null, TestContext.Current.CancellationToken);

    private void AssertInputAlone() => Assert.Equal([Input], Directory.GetFiles(_folder.Path));

    /// <summary>Acts at the first report.</summary>
    private sealed class FirstReport(Action act) : IProgress<double>
    {
        public void Report(double value) => act();
    }
}
