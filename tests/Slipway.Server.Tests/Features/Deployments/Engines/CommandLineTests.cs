using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Server.Features.Deployments.Engines;

namespace Slipway.Server.Tests.Features.Deployments.Engines;

/// <summary>
/// The command lines. Flags checked in November 2026 against https://docs.vllm.ai/en/latest/cli/serve/ (and vLLM's
/// vllm/entrypoints/openai/cli_args.py), https://docs.sglang.io/advanced_features/server_arguments.html and
/// https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md.
/// </summary>
public sealed class CommandLineTests
{
    [Fact]
    public void Vllm_is_started_with_its_own_flags()
    {
        var command = EngineBench.Engine("vllm", new() { Vllm = "/opt/vllm" }).CommandFor(EngineBench.Order(extra: "--max-num-seqs 4", gpus: 1));

        Assert.Equal("/opt/vllm serve /models/qwen --served-model-name qwen --host 127.0.0.1 --port 8234 --max-num-seqs 4", Line(command));
        Assert.Equal(("1", "PCI_BUS_ID"), (command.Environment["CUDA_VISIBLE_DEVICES"], command.Environment["CUDA_DEVICE_ORDER"]));
    }

    [Fact]
    public void Several_gpus_without_a_word_of_the_user_split_the_tensors()
    {
        var command = EngineBench.Engine("vllm", new() { Vllm = "/opt/vllm" }).CommandFor(EngineBench.Order(gpus: [0, 2]));

        Assert.EndsWith(" --tensor-parallel-size 2", Line(command), StringComparison.Ordinal);
        Assert.Equal("0,2", command.Environment["CUDA_VISIBLE_DEVICES"]);
    }

    [Fact]
    public void Sglang_is_started_with_its_own_flags()
    {
        var command = EngineBench.Engine("sglang", new() { Sglang = ["python", "-m", "sglang.launch_server"] })
            .CommandFor(EngineBench.Order(extra: "--tp 2", gpus: [0, 1]));

        Assert.Equal(
            "python -m sglang.launch_server --model-path /models/qwen --host 127.0.0.1 --port 8234 --served-model-name qwen "
                + "--enable-metrics --tp 2",
            Line(command));
    }

    [Fact]
    public void Llama_server_is_started_with_its_own_flags()
    {
        var command = EngineBench.Engine("llama-server", new() { LlamaServer = "/opt/llama-server" })
            .CommandFor(EngineBench.Order("/m.gguf", extra: "-c 4096", gpus: 0));

        Assert.Equal(
            "/opt/llama-server -m /m.gguf --host 127.0.0.1 --port 8234 --alias qwen --metrics --jinja -ngl 999 -c 4096", Line(command));
    }

    [Fact]
    public void Llama_server_without_a_gpu_takes_none()
    {
        var command = EngineBench.Engine("llama-server").CommandFor(EngineBench.Order("/m.gguf"));

        Assert.EndsWith(" -ngl 0", Line(command), StringComparison.Ordinal);
        Assert.Equal("-1", command.Environment["CUDA_VISIBLE_DEVICES"]);
    }

    [Theory]
    [InlineData("vllm", "--max-num-seqs 4 --api_server_count 1")]
    [InlineData("sglang", "--context-length 4096")]
    [InlineData("llama-server", "-c 4096 --no_webui")]
    public async Task An_engine_takes_its_command_line_and_answers(string name, string extra)
    {
        using var played = await PlayedEngines.CreateAsync();
        var engine = EngineBench.Engine(name, played.Options);
        var port = PlayedEngines.FreePort();

        using var started = new StartedEngine(engine.CommandFor(EngineBench.Order(extra: extra, port: port, gpus: [0, 1])), port);
        await started.BecomesWellAsync(engine.HealthPath);
        var answer = await started.ChatAsync("qwen");
        var figures = engine.ReadFigures(await started.Http.GetStringAsync(engine.MetricsPath, TestContext.Current.CancellationToken));
        var seen = await started.Http.GetFromJsonAsync<JsonElement>("/play", TestContext.Current.CancellationToken);

        Assert.Equal("qwen", answer.GetProperty("model").GetString());
        Assert.Equal(new EngineFigures { Running = 0, Waiting = 0, Progress = 9 }, figures);
        Assert.Equal("0,1", seen.GetProperty("gpus").GetString());
    }

    [Theory]
    [InlineData("vllm", 2, "unrecognized arguments: --bogus")]
    [InlineData("sglang", 2, "unrecognized arguments: --bogus")]
    [InlineData("llama-server", 1, "invalid argument: --bogus")]
    public async Task The_players_are_as_strict_as_the_engines(string name, int code, string words)
    {
        using var played = await PlayedEngines.CreateAsync();
        var port = PlayedEngines.FreePort();

        using var started = new StartedEngine(
            EngineBench.Engine(name, played.Options).CommandFor(EngineBench.Order(extra: "--bogus", port: port)), port);
        var (exitCode, errors) = await started.EndAsync();

        Assert.Equal(code, exitCode);
        Assert.Contains(words, errors, StringComparison.Ordinal);
    }

    private static string Line(ServerCommand command) => string.Join(' ', command.Arguments);
}
