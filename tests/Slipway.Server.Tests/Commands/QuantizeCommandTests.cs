using System.Text.Json;
using Slipway.Engine;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Server.Tests.Commands;

public sealed class QuantizeCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-quantize-").FullName;

    private string Input => Path.Combine(_folder, "in.gguf");

    private string Output => Path.Combine(_folder, "out.gguf");

    [Fact]
    public async Task A_model_is_stored_in_fewer_bits_and_the_error_of_every_tensor_told()
    {
        TestModel.Create(hidden: 256).Write(Input);

        var (exitCode, output, errors) = await SlipwayProgram.RunAsync("quantize", Input, Output, "--type", "q4_k_m", "--report");

        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.StartsWith("TENSOR", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("blk.0.attn_q.weight", StringComparison.Ordinal) && line.Contains("256 × 512  F32   Q4_K", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("total", StringComparison.Ordinal));
        Assert.Contains("bits per weight", lines[^1], StringComparison.Ordinal);
        using var model = LanguageModel.Load(Output);
        Assert.NotEmpty(model.Tokenizer.Encode("hello"));
    }

    [Fact]
    public async Task The_report_is_one_JSON_object_where_that_is_asked_for()
    {
        TestModel.Create(hidden: 256).Write(Input);

        var (exitCode, output, _) = await SlipwayProgram.RunAsync("quantize", Input, Output, "--type", "Q6_K", "--report", "--json", "--threads", "1");

        using var report = JsonDocument.Parse(output);
        var tensor = report.RootElement.GetProperty("tensors").EnumerateArray().Single(one => one.GetProperty("name").GetString() == "blk.1.ffn_down.weight");
        Assert.Equal(0, exitCode);
        Assert.Equal(("f32", "q6_k"), (tensor.GetProperty("from").GetString(), tensor.GetProperty("to").GetString()));
        Assert.InRange(tensor.GetProperty("relative_error").GetDouble(), 0.005, 0.03);
        Assert.Equal(new FileInfo(Output).Length, report.RootElement.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task Without_a_report_no_error_is_claimed()
    {
        TestModel.Create().Write(Input);

        var (_, output, _) = await SlipwayProgram.RunAsync("quantize", Input, Output, "--type", "q8_0", "--json");

        using var report = JsonDocument.Parse(output);
        Assert.Equal(JsonValueKind.Null, report.RootElement.GetProperty("rmse").ValueKind);
    }

    [Theory]
    [InlineData("q4", "--type is 'q4'; accepted are f16, bf16, q8_0, q6_k, q5_k_m, q4_k_m, q4_0.")]
    [InlineData("3", "--type is '3'")]
    public async Task An_unknown_type_is_a_wrong_use_that_names_the_known_ones(string type, string expected)
    {
        var (exitCode, _, errors) = await SlipwayProgram.RunAsync("quantize", Input, Output, "--type", type);

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_model_itself_is_not_replaced_even_with_force()
    {
        TestModel.Create().Write(Input);
        var before = await File.ReadAllBytesAsync(Input, TestContext.Current.CancellationToken);

        var (exitCode, _, errors) = await SlipwayProgram.RunAsync("quantize", Input, Input, "--type", "q8_0", "--force");

        Assert.Equal(2, exitCode);
        Assert.Contains("is a file of the model to read", errors, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Input, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_in_the_way_is_replaced_with_force_alone()
    {
        TestModel.Create().Write(Input);
        await File.WriteAllTextAsync(Output, "mine", TestContext.Current.CancellationToken);

        var (refused, _, errors) = await SlipwayProgram.RunAsync("quantize", Input, Output, "--type", "q8_0");
        var (replaced, _, _) = await SlipwayProgram.RunAsync("quantize", Input, Output, "--type", "q8_0", "--force");

        Assert.Equal((1, 0), (refused, replaced));
        Assert.Contains("--force", errors, StringComparison.Ordinal);
        using var file = GgufFile.Open(Output);
        Assert.Equal(7, file.Metadata.GetInteger("general.file_type"));
    }

    [Fact]
    public async Task A_file_that_is_no_model_is_told_with_exit_code_1()
    {
        await File.WriteAllBytesAsync(Input, new byte[100], TestContext.Current.CancellationToken);

        var (exitCode, _, errors) = await SlipwayProgram.RunAsync("quantize", Input, Output, "--type", "q8_0");

        Assert.Equal(1, exitCode);
        Assert.Contains("no GGUF file", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Output));
    }

    [Fact]
    public async Task Told_to_stop_it_leaves_no_draft()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM to send.");
        WriteLarge();

        var (exitCode, errors) = await SlipwayProgram.StopAsync(
            () => Directory.GetFiles(_folder).Length == 2, "quantize", Input, Output, "--type", "q4_k_m", "--threads", "1");

        Assert.Equal((130, ""), (exitCode, errors));
        Assert.Equal([Input], Directory.GetFiles(_folder));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Sixty-four million values: some seconds of work.</summary>
    private void WriteLarge()
    {
        var writer = new GgufWriter();
        writer.Add("general.architecture", "qwen3");
        var rows = new byte[1 << 20];
        new Random(1).NextBytes(rows);
        for (var i = 0; i < rows.Length; i += 2)
        {
            rows[i + 1] &= 0xBF; // Exponents below that of infinity.
        }
        writer.AddTensor("blk.0.ffn_up.weight", GgmlType.F16, [4096, 16_384], stream =>
        {
            for (var i = 0; i < 128; i++)
            {
                stream.Write(rows);
            }
        });
        writer.Write(Input);
    }
}
