using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Commands;

public sealed class ConvertCommandTests
{
    [Fact]
    public async Task A_folder_and_what_it_is_converted_to_write_the_same_text()
    {
        using var folder = new CheckpointFolder();
        var output = folder.Beside("converted.gguf");

        var (exitCode, written, errors) = await SlipwayProgram.RunAsync("convert", folder.Path, output);
        var fromFolder = await RunAsync(folder.Path);
        var fromFile = await RunAsync(output);
        var original = await RunAsync(folder.Gguf);

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains("converted.gguf, ", written, StringComparison.Ordinal);
        Assert.NotEqual("", original.Trim());
        Assert.Equal(original, fromFolder);
        Assert.Equal(original, fromFile);
    }

    [Fact]
    public async Task A_type_can_be_chosen()
    {
        using var folder = new CheckpointFolder();
        var output = folder.Beside("small.gguf");

        var (exitCode, _, _) = await SlipwayProgram.RunAsync("convert", folder.Path, output, "--type", "q8_0");
        var (_, listing, _) = await SlipwayProgram.RunAsync("inspect", output);

        Assert.Equal(0, exitCode);
        Assert.Matches(@"blk\.0\.ffn_up\.weight +Q8_0", listing);
    }

    [Fact]
    public async Task Inspect_shows_a_folder()
    {
        using var folder = new CheckpointFolder();

        var (exitCode, output, _) = await SlipwayProgram.RunAsync("inspect", folder.Path, "--json");

        var shown = JsonDocument.Parse(output).RootElement;
        Assert.Equal(0, exitCode);
        Assert.Equal("qwen3", shown.GetProperty("metadata").GetProperty("model_type").GetString());
        Assert.Contains(shown.GetProperty("tensors").EnumerateArray(), tensor =>
            tensor.GetProperty("name").GetString() == "model.layers.1.mlp.up_proj.weight" && tensor.GetProperty("type").GetString() == "BF16");
    }

    [Theory]
    [InlineData("awq", "quant_method is 'awq'; accepted are")]
    [InlineData("fp8", "quant_method is 'fp8'; accepted are")]
    public async Task Other_quantisations_are_refused_by_name_and_nothing_is_written(string method, string why)
    {
        using var folder = new CheckpointFolder();
        folder.Configure(config => config["quantization_config"] = new JsonObject { ["quant_method"] = method, ["bits"] = 4 });
        var output = folder.Beside("out.gguf");

        var (exitCode, _, errors) = await SlipwayProgram.RunAsync("convert", folder.Path, output);

        Assert.Equal(1, exitCode);
        Assert.Contains(why, errors, StringComparison.Ordinal);
        Assert.False(File.Exists(output));
    }

    [Fact]
    public async Task A_file_that_is_there_is_only_replaced_by_force()
    {
        using var folder = new CheckpointFolder();
        var output = folder.Beside("out.gguf");
        File.WriteAllText(output, "mine");

        var (refused, _, errors) = await SlipwayProgram.RunAsync("convert", folder.Path, output);
        var kept = File.ReadAllText(output);
        var (forced, _, _) = await SlipwayProgram.RunAsync("convert", folder.Path, output, "--force");

        Assert.Equal((1, "mine", 0), (refused, kept, forced));
        Assert.Contains("--force", errors, StringComparison.Ordinal);
        Assert.True(new FileInfo(output).Length > 1000);
    }

    [Fact]
    public async Task Told_to_stop_it_leaves_no_draft()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM to send.");
        using var folder = new CheckpointFolder();
        folder.Widen(feedForward: 1 << 18);
        var output = Directory.CreateDirectory(folder.Beside("output")).FullName;

        var (exitCode, errors) = await SlipwayProgram.StopAsync(
            () => Directory.GetFiles(output).Length > 0, "convert", folder.Path, Path.Combine(output, "out.gguf"), "--type", "f32");

        Assert.Equal((130, ""), (exitCode, errors));
        Assert.Empty(Directory.GetFiles(output));
    }

    [Fact]
    public async Task A_file_of_the_folder_is_not_replaced_even_with_force()
    {
        using var folder = new CheckpointFolder();

        var (exitCode, _, errors) = await SlipwayProgram.RunAsync(
            "convert", folder.Path, Path.Combine(folder.Path, "model.safetensors"), "--force");

        Assert.Equal(2, exitCode);
        Assert.Contains("is a file of the model to read", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "--type", "q4_k_m", "q4_k_m")]
    [InlineData(1, "--type", "f16", "There is no folder")]
    public async Task Wrong_arguments_are_told(int expected, string option, string value, string why)
    {
        var (exitCode, _, errors) = await SlipwayProgram.RunAsync("convert", "/no/such/folder", "out.gguf", option, value);

        Assert.Equal(expected, exitCode);
        Assert.Contains(why, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("convert", "", "out.gguf", "IN is ''")]
    [InlineData("convert", "in", "", "OUT is ''")]
    [InlineData("quantize", "", "out.gguf", "IN is ''")]
    [InlineData("quantize", "in.gguf", "", "OUT is ''")]
    public async Task An_empty_path_is_a_wrong_use(string command, string input, string output, string why)
    {
        var (exitCode, _, errors) = await SlipwayProgram.RunAsync(command, input, output, "--type", "f16");

        Assert.Equal(2, exitCode);
        Assert.Contains(why, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_quantizes_a_folder_is_told_to_convert_it_first()
    {
        using var folder = new CheckpointFolder();

        var (exitCode, _, errors) = await SlipwayProgram.RunAsync("quantize", folder.Path, folder.Beside("out.gguf"), "--type", "q8_0");

        Assert.Equal(1, exitCode);
        Assert.Contains($"slipway convert {folder.Path} model.gguf", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_is_served_over_http()
    {
        using var folder = new CheckpointFolder();
        using var program = await ServingProgram.StartAsync([], "--model", folder.Path);

        using var answer = await program.Http.PostAsJsonAsync(
            "/v1/chat/completions",
            new { model = "Random-0.1B", max_tokens = 8, temperature = 0, messages = new[] { new { role = "user", content = "Hello" } } },
            TestContext.Current.CancellationToken);

        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, body.GetRawText());
        Assert.InRange(body.GetProperty("usage").GetProperty("completion_tokens").GetInt32(), 1, 8);
        var info = await program.Http.GetFromJsonAsync<JsonElement>("/api/v1/model/info", TestContext.Current.CancellationToken);
        Assert.Equal("Random-0.1B", info.GetProperty("model_name").GetString());
        Assert.Equal("BF16", info.GetProperty("quantization").GetString());
    }

    private static async Task<string> RunAsync(string model)
    {
        var (exitCode, output, errors) = await SlipwayProgram.RunAsync(
            "run", "--model", model, "--prompt", "Hello", "--max-tokens", "24", "--temperature", "0", "--ignore-eos", "--threads", "1");
        Assert.True(exitCode == 0, errors);
        return output;
    }
}
