using System.Globalization;
using System.Text.Json;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Gateway.Metrics;

public sealed class EngineFiguresTests
{
    [Fact]
    public async Task The_engine_tells_what_it_does_by_vLLMs_names()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:MaxSequences=1");
        var (_, answer) = await server.CallAsync("""{"model":"test-qwen3","max_completion_tokens":8,"ignore_eos":true,"messages":[{"role":"user","content":"Hello"}]}""");
        var usage = JsonDocument.Parse(answer).RootElement.GetProperty("usage");
        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load.Running == 0));
        var atRest = await ReadAsync(server);

        using var leaving = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 2).Select(_ => LeaveAsync(server, leaving.Token)).ToList();
        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load is { Running: 1, Waiting: 1 }));
        var atWork = await ReadAsync(server);
        await leaving.CancelAsync();
        await Task.WhenAll(calls);

        Assert.Equal((0, 0, 0), (atRest["num_requests_running"], atRest["num_requests_waiting"], atRest["kv_cache_usage_perc"]));
        Assert.Equal(usage.GetProperty("prompt_tokens").GetDouble(), atRest["prompt_tokens_total"]);
        Assert.Equal(8, atRest["generation_tokens_total"]);
        Assert.Equal((1, 1), (atWork["num_requests_running"], atWork["num_requests_waiting"]));
        Assert.InRange(atWork["kv_cache_usage_perc"], 0.0001, 1);
        Assert.Equal(0, atWork["num_preemptions_total"]);
    }

    [Fact]
    public async Task The_engine_tells_what_its_cache_is()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:KvFormat=q8_0", "--Serving:KvTokens=4096");

        var text = await server.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);

        // 2 layers of 2 heads, each of 32 values: 34 bytes for a key, and as many for a value.
        Assert.Contains(
            "\nvllm:cache_config_info{model_name=\"test-qwen3\",cache_dtype=\"q8_0\",block_size=\"32\",num_gpu_blocks=\"128\","
            + $"kv_cache_memory_bytes=\"{4096 * 2 * 2 * 2 * 34}\"}} 1\n",
            text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_model_there_is_no_engine_to_tell_of()
    {
        await using var server = await RunningServer.StartAsync();

        Assert.Empty(await ReadAsync(server));
    }

    private static async Task LeaveAsync(RunningServer server, CancellationToken leaving)
    {
        using var content = new StringContent(
            """{"model":"test-qwen3","max_completion_tokens":30000,"ignore_eos":true,"messages":[{"role":"user","content":"Hello"}]}""",
            null, "application/json");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.Http.PostAsync("/v1/chat/completions", content, leaving));
    }

    private static async Task<Dictionary<string, double>> ReadAsync(RunningServer server)
    {
        const string Prefix = "vllm:", Labels = "{model_name=\"test-qwen3\"} ";
        var text = await server.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        return text.Split('\n').Where(line => line.Contains(Labels, StringComparison.Ordinal)).ToDictionary(
            line => line[Prefix.Length..line.IndexOf(Labels, StringComparison.Ordinal)],
            line => double.Parse(line[(line.IndexOf(Labels, StringComparison.Ordinal) + Labels.Length)..], CultureInfo.InvariantCulture));
    }
}
