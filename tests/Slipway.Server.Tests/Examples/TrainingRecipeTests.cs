using System.Diagnostics;
using System.Text.Json;
using Slipway.Server.Tests.House;

namespace Slipway.Server.Tests.Examples;

/// <summary>The script that runs start, with a stand-in for LLaMA-Factory.</summary>
public sealed class TrainingRecipeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("slipway recipe-").FullName;

    private static string Config => Path.Combine(Sources.Root, "examples", "training", "qwen3_lora_sft.yaml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Without_anything_set_the_file_stands_as_it_is()
    {
        var (exitCode, _, errors, call) = await RunAsync([Config]);

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Equal(["train", Config, "FORCE_TORCHRUN=", "PYTHONUNBUFFERED=1"], call);
    }

    [Fact]
    public async Task What_a_run_sets_wins_over_the_file_and_arguments_win_over_both()
    {
        var (exitCode, _, _, call) = await RunAsync(
            [Config, "learning_rate=5e-5"],
            ("SLIPWAY_OUTPUT_DIR", Path.Combine(_folder, "it's out")), ("SLIPWAY_DATASET_DIR", "/data/x"), ("SLIPWAY_DATASET", "2024"),
            ("SLIPWAY_RESUME_FROM_CHECKPOINT", "/runs/1/checkpoint-20"));

        Assert.Equal(0, exitCode);
        Assert.Equal(
            [
                "train", Config, $"output_dir='{_folder}/it''s out'", "dataset_dir=/data/x", "dataset='2024'",
                "resume_from_checkpoint=/runs/1/checkpoint-20", "learning_rate=5e-5", "FORCE_TORCHRUN=", "PYTHONUNBUFFERED=1",
            ],
            call);
    }

    [Fact]
    public async Task What_the_training_writes_lies_where_the_run_looks_for_it()
    {
        var output = Path.Combine(_folder, "out");

        var (_, printed, _, _) = await RunAsync([Config], ("SLIPWAY_OUTPUT_DIR", output));

        var last = (await File.ReadAllLinesAsync(Path.Combine(output, "trainer_log.jsonl"), TestContext.Current.CancellationToken))[^1];
        Assert.Equal(100, JsonDocument.Parse(last).RootElement.GetProperty("percentage").GetDouble());
        Assert.Contains("'loss'", printed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CUDA_VISIBLE_DEVICES", "0,1")]
    [InlineData("FORCE_TORCHRUN", "1")]
    public async Task A_path_that_torchrun_would_break_is_refused_before_it_does(string name, string value)
    {
        var (exitCode, _, errors, call) = await RunAsync([Config], (name, value), ("SLIPWAY_OUTPUT_DIR", "/runs/my run"));

        Assert.Equal(2, exitCode);
        Assert.Contains("/runs/my run", errors, StringComparison.Ordinal);
        Assert.Contains("has a space", errors, StringComparison.Ordinal);
        Assert.Empty(call);
    }

    [Fact]
    public async Task DeepSpeed_is_started_through_torchrun_on_one_device_too()
    {
        var config = Path.Combine(Sources.Root, "examples", "training", "qwen2.5_full_sft.yaml");

        var (_, _, _, call) = await RunAsync([config], ("CUDA_VISIBLE_DEVICES", "0"));

        Assert.Contains("FORCE_TORCHRUN=1", call);
    }

    [Theory]
    [InlineData("", "usage:")]
    [InlineData("nowhere.yaml", "there is no file 'nowhere.yaml'")]
    [InlineData("/dev/null", "there is no file '/dev/null'")]
    public async Task A_configuration_that_is_not_there_is_named(string config, string words)
    {
        var (exitCode, _, errors, _) = await RunAsync(config.Length == 0 ? [] : [config]);

        Assert.Equal(2, exitCode);
        Assert.Contains(words, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_without_LLaMA_Factory_is_told_what_to_do()
    {
        var (exitCode, _, errors, _) = await RunAsync([Config], ("PATH", "/usr/bin:/bin"));

        Assert.Equal(127, exitCode);
        Assert.Contains("pip install llamafactory", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shellcheck_has_nothing_to_say()
    {
        Requirement.CheckProgram("shellcheck");

        var (exitCode, output, _) = await StartAsync("shellcheck", [Script, Path.Combine(StandIn, "llamafactory-cli")]);

        Assert.Equal("", output);
        Assert.Equal(0, exitCode);
    }

    private static string Script => Path.Combine(Sources.Root, "examples", "training", "run_train_full_sft.sh");

    private static string StandIn => Path.Combine(Sources.Root, "tests", "data", "training");

    private async Task<(int ExitCode, string Output, string Errors, string[] Call)> RunAsync(
        string[] arguments, params (string Name, string Value)[] variables)
    {
        var record = Path.Combine(_folder, "call");
        var path = $"{StandIn}:{Environment.GetEnvironmentVariable("PATH")}";
        var (exitCode, output, errors) = await StartAsync("bash", [Script, .. arguments], [("PATH", path), ("RECORD", record), .. variables]);
        return (exitCode, output, errors, File.Exists(record) ? await File.ReadAllLinesAsync(record, TestContext.Current.CancellationToken) : []);
    }

    private async Task<(int ExitCode, string Output, string Errors)> StartAsync(
        string program, string[] arguments, params (string Name, string Value)[] variables)
    {
        Requirement.Check(!OperatingSystem.IsWindows(), "The script needs bash.");
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("SLIPWAY_", StringComparison.Ordinal) || name is "CUDA_VISIBLE_DEVICES" or "FORCE_TORCHRUN").ToList())
        {
            start.Environment.Remove(name);
        }
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await errors);
    }
}
