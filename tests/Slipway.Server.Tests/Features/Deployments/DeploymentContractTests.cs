using System.Net;
using System.Text;
using System.Text.Json;
using Slipway.Server.Platform.Devices;
using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Deployments;

/// <summary>
/// Every request that the contract documents for deployments, as the text that it is, and the answer that it documents. vLLM is played,
/// and so is the GPU.
/// </summary>
public sealed class DeploymentContractTests
{
    /// <summary>The documented request, letter by letter.</summary>
    private const string Documented =
        """{"model_path":"models/qwen2.5","model_version":"v1","tags":["demo"],"extra_args":"--max-num-seqs 4","preferred_gpu":0,"health_path":"/health"}""";

    /// <summary>The documented members in their order.</summary>
    private static readonly string[] Members =
    [
        "deployment_id", "model_path", "model_version", "tags", "gpu_id", "port", "pid", "status", "started_at", "stopped_at", "health_ok", "vllm_cmd",
        "log_file", "health_path",
    ];

    internal static GpuSighting OneGpu => new([new Gpu(0, "played", "GPU-0", 24L << 30, 24L << 30)], null, CudaPresent: true);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_made_is_answered_as_documented()
    {
        using var folder = new ModelFolder();
        await using var server = await StartAsync(folder);

        var (status, text) = await PostAsync(server, Documented);
        var made = JsonElement.Parse(text);
        var running = await RunningAsync(server, IdOf(made));

        Assert.Equal(HttpStatusCode.Created, status);
        Assert.All(new[] { made, running }, one => Assert.Equal(Members, Names(one)[..14]));
        Assert.Equal(["engine", "failure_reason", "last_health", "replicas", "restarts", "served_model_name"], Names(running)[14..].Order().Where(name => name != "servers"));
        Assert.True(Guid.TryParse(IdOf(made), out _));
        AssertValues(running);
    }

    private static void AssertValues(JsonElement running)
    {
        Assert.Equal(
            """["models/qwen2.5","v1",["demo"],0,"running",null,true,"/health"]""",
            JsonSerializer.Serialize(new[] { "model_path", "model_version", "tags", "gpu_id", "status", "stopped_at", "health_ok", "health_path" }
                .Select(name => running.GetProperty(name))));
        Assert.Equal($"deploy_logs/{IdOf(running)}.log", running.GetProperty("log_file").GetString());
        Assert.InRange(running.GetProperty("started_at").GetDouble(), 1.7e9, 4e9);
        Assert.True(DeploymentServer.IsAlive(running.GetProperty("pid").GetInt32()));
        Assert.Matches(
            $@"\A(\S*/)?vllm serve \S*models/qwen2\.5 (\S+ )*--port {running.GetProperty("port").GetInt32()} --max-num-seqs 4\z",
            running.GetProperty("vllm_cmd").GetString());
        Assert.Equal(("qwen2.5", 1, "vllm", 0),
            (running.GetProperty("served_model_name").GetString(), running.GetProperty("replicas").GetInt32(), running.GetProperty("engine").GetString(),
                running.GetProperty("restarts").GetInt32()));
    }

    [Fact]
    public async Task The_command_that_is_shown_is_the_one_that_runs()
    {
        using var folder = new ModelFolder();
        await using var server = await StartAsync(folder);
        var running = await RunningAsync(server, IdOf(JsonElement.Parse((await PostAsync(server, Documented)).Text)));

        using var http = new HttpClient();
        var played = JsonElement.Parse(await http.GetStringAsync($"http://127.0.0.1:{running.GetProperty("port").GetInt32()}/play", Token));

        Assert.Equal("0", played.GetProperty("gpus").GetString());
        Assert.EndsWith(
            string.Join(' ', played.GetProperty("words").EnumerateArray().Select(word => word.GetString())), running.GetProperty("vllm_cmd").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_are_those_of_the_model_the_tag_and_the_status()
    {
        using var folder = new ModelFolder();
        await using var server = await StartAsync(folder);
        var id = IdOf(JsonElement.Parse((await PostAsync(server, Documented)).Text));
        await RunningAsync(server, id);

        async Task<int> CountAsync(string query)
        {
            using var answer = await server.Http.GetAsync($"/deployments{query}", Token);
            var list = JsonElement.Parse(await answer.Content.ReadAsStringAsync(Token));
            Assert.All(list.EnumerateArray(), one => Assert.Equal(Members, Names(one)[..14]));
            Assert.Equal($"{list.GetArrayLength()}", Assert.Single(answer.Headers.GetValues("X-Total-Count")));
            return list.GetArrayLength();
        }

        Assert.Equal((1, 1, 1, 1), (await CountAsync(""), await CountAsync("?model=models/qwen2.5&tag=demo&status=running"), await CountAsync("?model=qwen2.5"), await CountAsync("?tag=demo")));
        Assert.Equal((0, 0, 0), (await CountAsync("?model=qwen"), await CountAsync("?tag=other"), await CountAsync("?status=failed")));
    }

    [Fact]
    public async Task Logs_are_told_from_their_end_and_as_they_come()
    {
        using var folder = new ModelFolder();
        await using var server = await StartAsync(folder);
        var id = IdOf(JsonElement.Parse((await PostAsync(server, Documented)).Text));
        await RunningAsync(server, id);

        using var tail = await server.Http.GetAsync($"/deployments/{id}/logs?tail=1", Token);
        using var stream = await server.Http.GetAsync($"/deployments/{id}/logs/stream?tail=1", HttpCompletionOption.ResponseHeadersRead, Token);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync(Token));
        var lines = new List<string>();
        while (await reader.ReadLineAsync(Token) is { } line && !line.StartsWith("data: ", StringComparison.Ordinal))
        {
            lines.Add(line);
        }

        Assert.Equal(("text/plain", "text/event-stream"), (tail.Content.Headers.ContentType?.MediaType, stream.Content.Headers.ContentType?.MediaType));
        Assert.Single((await tail.Content.ReadAsStringAsync(Token)).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("event: line", lines);
    }

    [Fact]
    public async Task A_restart_answers_with_the_deployment_and_keeps_its_log()
    {
        using var folder = new ModelFolder();
        await using var server = await StartAsync(folder);
        var id = IdOf(JsonElement.Parse((await PostAsync(server, Documented)).Text));
        var before = (await RunningAsync(server, id)).GetProperty("pid").GetInt32();
        var log = await server.Http.GetStringAsync($"/deployments/{id}/logs?tail=10000", Token);

        using var restarted = await server.Http.PostAsync($"/deployments/{id}/restart", null, Token);
        var answer = JsonElement.Parse(await restarted.Content.ReadAsStringAsync(Token));
        await server.UntilAsync(id, one => one.Status == "running" && one.Pid is { } pid && pid != before);

        Assert.Equal((true, id), (restarted.IsSuccessStatusCode, IdOf(answer)));
        Assert.StartsWith(log, await server.Http.GetStringAsync($"/deployments/{id}/logs?tail=10000", Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_removal_is_answered_letter_by_letter()
    {
        using var folder = new ModelFolder();
        await using var server = await StartAsync(folder);
        var id = IdOf(JsonElement.Parse((await PostAsync(server, Documented)).Text));
        await RunningAsync(server, id);

        using var removed = await server.DeleteAsync(id);
        using var again = await server.DeleteAsync(id);

        Assert.Equal($$"""{"detail":"deployment removed","deployment_id":"{{id}}"}""", await removed.Content.ReadAsStringAsync(Token));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (removed.StatusCode, again.StatusCode));
    }

    [Fact]
    public async Task One_that_does_not_end_is_409_and_goes_by_force()
    {
        using var folder = new ModelFolder();
        await using var server = await StartAsync(folder, "--Deployments:StopGrace=00:00:01");
        server.Engines.Turn("PLAY_IGNORE_TERM", "1");
        var id = IdOf(JsonElement.Parse((await PostAsync(server, Documented)).Text));
        var pid = (await RunningAsync(server, id)).GetProperty("pid").GetInt32();

        using var refused = await server.DeleteAsync(id);
        var wasAlive = DeploymentServer.IsAlive(pid);
        using var forced = await server.DeleteAsync(id, force: true);

        Assert.Equal((HttpStatusCode.Conflict, true), (refused.StatusCode, wasAlive));
        Assert.Contains("force=true", JsonElement.Parse(await refused.Content.ReadAsStringAsync(Token)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal($$"""{"detail":"deployment removed","deployment_id":"{{id}}"}""", await forced.Content.ReadAsStringAsync(Token));
        Assert.False(DeploymentServer.IsAlive(pid));
    }

    [Theory]
    [InlineData("--port 1", "--port")]
    [InlineData("--port=1", "--port")]
    [InlineData("--por 1", "--port")]
    [InlineData("--host 0.0.0.0", "--host")]
    [InlineData("--max-num-seqs 4 --api-key sk-1", "--api-key")]
    public async Task Arguments_that_would_break_supervision_are_400(string arguments, string named)
    {
        using var folder = new ModelFolder();
        await using var server = await StartAsync(folder);

        var (status, text) = await PostAsync(server, Documented.Replace("--max-num-seqs 4", arguments, StringComparison.Ordinal));
        var list = await server.Http.GetStringAsync("/deployments", Token);

        Assert.Equal((HttpStatusCode.BadRequest, "[]"), (status, list));
        Assert.Contains(named, JsonElement.Parse(text).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("sk-1", text, StringComparison.Ordinal);
    }

    private static Task<DeploymentServer> StartAsync(ModelFolder folder, params string[] settings) =>
        DeploymentServer.StartAsync(OneGpu, [$"--Deployments:ModelFolder={folder.Path}", .. settings]);

    private static async Task<JsonElement> RunningAsync(DeploymentServer server, string id)
    {
        JsonElement info = default;
        await Patience.UntilAsync(
            async () => (info = JsonElement.Parse(await server.Http.GetStringAsync($"/deployments/{id}", Token))).GetProperty("status").GetString() == "running",
            () => $"It is {info}.");
        return info;
    }

    private static async Task<(HttpStatusCode Status, string Text)> PostAsync(DeploymentServer server, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await server.Http.PostAsync("/deployments", content, Token);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
    }

    private static List<string> Names(JsonElement element) => [.. element.EnumerateObject().Select(member => member.Name)];

    private static string IdOf(JsonElement info) => info.GetProperty("deployment_id").GetString()!;

    /// <summary>Where <c>models/qwen2.5</c> is a model as Hugging Face's programs write them.</summary>
    private sealed class ModelFolder : IDisposable
    {
        public ModelFolder()
        {
            var model = Directory.CreateDirectory(System.IO.Path.Combine(Path, "models", "qwen2.5")).FullName;
            File.WriteAllText(System.IO.Path.Combine(model, "config.json"), "{}");
            File.WriteAllText(System.IO.Path.Combine(model, "model.safetensors"), "played");
        }

        public string Path { get; } = Directory.CreateTempSubdirectory("slipway-models-").FullName;

        public void Dispose() => TestData.Delete(Path);
    }
}
