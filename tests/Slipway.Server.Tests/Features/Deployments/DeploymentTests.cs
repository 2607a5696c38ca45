using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Slipway.Client.Deployments;
using Slipway.Server.Tests.Features.Runs;

namespace Slipway.Server.Tests.Features.Deployments;

/// <summary>Deployments from their making to their removal, with engines that are played.</summary>
public sealed class DeploymentTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_deployed_answers_by_its_name_until_it_is_removed()
    {
        await using var server = await DeploymentServer.StartAsync();

        var made = await server.CreateAsync(new { model_version = "v1", tags = new[] { "demo" }, extra_args = "-np 4", health_path = "/health" });
        var info = await server.UntilAsync(made.DeploymentId, one => one.Status == DeploymentStatuses.Running);
        using var answer = await server.ChatAsync("demo");
        var text = await answer.Content.ReadAsStringAsync(Token);
        using var removed = await server.DeleteAsync(info.DeploymentId);
        using var after = await server.ChatAsync("demo");

        Assert.Equal((DeploymentStatuses.Starting, false), (made.Status, made.HealthOk));
        Assert.Equal(("v1", "demo", "/health", true, "llama-server"), (info.ModelVersion, Assert.Single(info.Tags), info.HealthPath, info.HealthOk, info.Engine));
        Assert.Contains($"--port {info.Port}", info.VllmCmd, StringComparison.Ordinal);
        Assert.EndsWith("-np 4", info.VllmCmd, StringComparison.Ordinal);
        Assert.Equal($"deploy_logs/{info.DeploymentId}.log", info.LogFile);
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.Equal(
            $$"""{"detail":"deployment removed","deployment_id":"{{info.DeploymentId}}"}""", await removed.Content.ReadAsStringAsync(Token));
        Assert.Equal(HttpStatusCode.NotFound, after.StatusCode);
        Assert.False(DeploymentServer.IsAlive(info.Pid!.Value));
    }

    [Fact]
    public async Task The_answer_has_every_field_of_the_contract()
    {
        await using var server = await DeploymentServer.StartAsync();
        var made = await server.CreateAsync();

        var fields = (await TrainingServer.ReadAsync<JsonElement>(await server.Http.GetAsync($"/deployments/{made.DeploymentId}", Token)))
            .EnumerateObject().Select(field => field.Name).ToList();

        string[] contract =
        [
            "deployment_id", "model_path", "model_version", "tags", "gpu_id", "port", "pid", "status", "started_at", "stopped_at", "health_ok",
            "vllm_cmd", "log_file", "health_path", "served_model_name", "replicas", "engine", "restarts", "failure_reason", "last_health",
        ];
        Assert.Empty(contract.Except(fields));
    }

    [Fact]
    public async Task Lists_are_filtered_by_model_tag_and_status()
    {
        await using var server = await DeploymentServer.StartAsync();
        var one = await server.RunningAsync(new { served_model_name = "one", tags = new[] { "red" } });
        var two = await server.CreateAsync(new { served_model_name = "two", tags = new[] { "blue" } });

        async Task<string[]> Of(string query) =>
            [.. (await TrainingServer.ReadAsync<List<DeploymentInfo>>(await server.Http.GetAsync($"/deployments{query}", Token))).Select(item => item.DeploymentId)];

        Assert.Equal([two.DeploymentId, one.DeploymentId], await Of(""));
        Assert.Equal([one.DeploymentId], await Of("?model=one"));
        Assert.Equal([two.DeploymentId], await Of("?tag=blue"));
        Assert.Equal([one.DeploymentId], (await Of("?status=running")).Intersect([one.DeploymentId]));
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Http.GetAsync("/deployments?status=asleep", Token)).StatusCode);
    }

    [Fact]
    public async Task A_port_that_somebody_has_is_left_alone()
    {
        using var held = new TcpListener(IPAddress.Loopback, 0);
        held.Start();
        var port = ((IPEndPoint)held.LocalEndpoint).Port;
        await using var server = await DeploymentServer.StartAsync(null, $"--Deployments:FirstPort={port}", $"--Deployments:LastPort={port + 30}");

        var info = await server.RunningAsync();

        Assert.InRange(info.Port!.Value, port + 1, port + 30);
    }

    [Fact]
    public async Task What_it_prints_is_kept_and_told_from_any_place()
    {
        await using var server = await DeploymentServer.StartAsync();
        var info = await server.RunningAsync();
        (await server.ChatAsync("demo")).Dispose();
        (await server.Http.PostAsync($"/deployments/{info.DeploymentId}/restart", null, Token)).Dispose();
        await server.UntilAsync(info.DeploymentId, one => one is { Restarts: 1, Status: DeploymentStatuses.Running });

        var tail = await server.Http.GetStringAsync($"/deployments/{info.DeploymentId}/logs?tail=1", Token);
        var all = await server.Http.GetStringAsync($"/deployments/{info.DeploymentId}/logs?tail=10000", Token);
        using var removed = await server.DeleteAsync(info.DeploymentId);

        Assert.Single(tail.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        // It goes on printing between the two looks.
        Assert.Contains(tail, all, StringComparison.Ordinal);
        Assert.Equal(2, all.Split('\n').Count(line => line.Contains("llama-server listens on", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("""{"model_path":"../../etc/passwd"}""", "..", HttpStatusCode.BadRequest)]
    [InlineData("""{"model_path":"--model"}""", "begin", HttpStatusCode.BadRequest)]
    [InlineData("""{"model_path":"/nowhere/at/all.gguf","engine":"llama-server"}""", "/nowhere/at/all.gguf", HttpStatusCode.BadRequest)]
    [InlineData("""{"model_path":"demo","engine":"moon"}""", "accepted are auto, vllm", HttpStatusCode.BadRequest)]
    [InlineData("""{"model_path":"MODEL","engine":"llama-server","extra_args":"--port 1"}""", "--port", HttpStatusCode.BadRequest)]
    [InlineData("""{"model_path":"MODEL","engine":"llama-server","extra_args":"--host=0.0.0.0"}""", "--host", HttpStatusCode.BadRequest)]
    [InlineData("""{"model_path":"MODEL","engine":"llama-server","extra_args":"--api-key x"}""", "--api-key", HttpStatusCode.BadRequest)]
    [InlineData("""{"model_path":"MODEL","engine":"llama-server","extra_args":"'open"}""", "quote", HttpStatusCode.BadRequest)]
    [InlineData("""{"model_path":"MODEL","health_path":"http://evil/"}""", "health_path", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"model_path":"MODEL","health_path":"//evil/"}""", "health_path", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"model_path":"MODEL","replicas":65}""", "replicas", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"model_path":"MODEL","served_model_name":"-x"}""", "served_model_name", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"model_path":"MODEL","env":{"A=B":"c"}}""", "env", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"model_path":"MODEL","engine":"llama-server","env":{"LLAMA_ARG_PORT":"1"}}""", "LLAMA_ARG_PORT", HttpStatusCode.BadRequest)]
    [InlineData("""{"model_path":"MODEL","engine":"llama-server","served_model_name":"a,b"}""", "served_model_name", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"model_path":"MODEL","engine":"vllm","extra_args":"--hf-token hf_1"}""", "HF_TOKEN", HttpStatusCode.BadRequest)]
    [InlineData("{}", "model_path", HttpStatusCode.UnprocessableEntity)]
    public async Task Bad_requests_are_told_what_is_wrong(string body, string word, HttpStatusCode status)
    {
        await using var server = await DeploymentServer.StartAsync();

        using var answer = await server.Http.PostAsync(
            "/deployments", new StringContent(body.Replace("MODEL", server.Model, StringComparison.Ordinal), null, "application/json"), Token);
        var text = await answer.Content.ReadAsStringAsync(Token);

        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(word, text, StringComparison.Ordinal);
        Assert.Empty(await TrainingServer.ReadAsync<List<DeploymentInfo>>(await server.Http.GetAsync("/deployments", Token)));
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("DELETE", "")]
    [InlineData("POST", "/restart")]
    [InlineData("GET", "/logs")]
    [InlineData("GET", "/logs/stream")]
    public async Task Of_what_is_not_there_everybody_is_told(string method, string rest)
    {
        await using var server = await DeploymentServer.StartAsync();

        using var answer = await server.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"/deployments/nothing{rest}"), Token);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("nothing", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }
}
