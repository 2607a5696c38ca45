using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Client.Deployments;
using Slipway.Server.Tests.Commands;
using Slipway.Server.Tests.Features.Deployments;
using Slipway.Server.Tests.Features.Runs;
using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Deployer;

/// <summary>The whole way of a model that is deployed to this machine, as the document's clients go it.</summary>
public sealed class LocalDeployTests
{
    private const string Request = """
        {"model_id":"slipway-tiny","instance_type":"local","engine_type":"slipway","service_type":"local"}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_bundled_model_comes_into_service_answers_by_its_names_and_leaves_nothing()
    {
        await using var server = await DeployerSite.StartAsync();
        var http = server.Http;

        var started = await PostAsync(http, "/emd_deploy", Request);
        var created = await PostAsync(http, "/emd_models", "");
        var status = await InServiceAsync(http);
        var names = await http.GetFromJsonAsync<JsonElement>("/v1/models", Token);
        using var byTag = await DeploymentServer.ChatAsync(http, "slipway-tiny/dev");
        using var byId = await DeploymentServer.ChatAsync(http, "slipway-tiny");
        using var twice = await SendAsync(http, "/emd_deploy", Request);
        var list = await PostAsync(http, "/emd_models", "{}");
        var destroyed = await PostAsync(http, "/emd_destroy", """{"model_id":"slipway-tiny"}""");
        await Patience.UntilAsync(
            async () => (await SendAsync(http, "/emd_status", """{"model_id":"slipway-tiny"}""")).StatusCode == HttpStatusCode.NotFound, () => "It is still there.");
        var deployments = await http.GetFromJsonAsync<JsonElement>("/deployments", Token);

        Assert.Equal("Deployment initiated successfully", started.GetProperty("message").GetString());
        Assert.Equal(1, created.GetArrayLength());
        Assert.Equal(["slipway-tiny", "slipway-tiny/dev"], names.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()!).Order());
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Conflict), (byTag.StatusCode, byId.StatusCode, twice.StatusCode));
        Assert.Equal(("local", 1, "slipway-tiny/dev"), (status.GetProperty("instance_type").GetString(), status.GetProperty("instance_count").GetInt32(), status.GetProperty("endpoint_name").GetString()));
        Assert.StartsWith("http://127.0.0.1:", list[0].GetProperty("outputs").GetProperty("endpoint_url").GetString(), StringComparison.Ordinal);
        Assert.True(destroyed.GetProperty("success").GetBoolean());
        Assert.Equal(0, deployments.GetArrayLength());
    }

    [Fact]
    public async Task After_a_kill_the_next_server_goes_on_where_the_last_one_was()
    {
        var data = Directory.CreateTempSubdirectory("slipway-data-").FullName;
        var variables = DeployerSite.Variables();
        using var killed = await ServingProgram.StartInAsync(data, variables, "--no-model");
        await PostAsync(killed.Http, "/emd_deploy", Request);

        killed.Kill();
        using var next = await ServingProgram.StartInAsync(data, variables, "--no-model");
        await InServiceAsync(next.Http);
        var deployments = await TrainingServer.ReadAsync<List<DeploymentInfo>>(await next.Http.GetAsync("/deployments", Token));
        await DeploymentServer.EndAllAsync(next.Http);

        Assert.Single(deployments);
    }

    [Theory]
    [InlineData("""{"model_id":"slipway-tiny","instance_type":"local","engine_type":"slipway","service_type":"local","extra_params":{"engine_params":{"cli_args":"--port 1"}}}""", "--port")]
    [InlineData("""{"model_id":"Qwen3-8B","instance_type":"local","engine_type":"slipway","service_type":"local"}""", "Catalog:Path")]
    [InlineData("""{"model_id":"Qwen3-8B","instance_type":"g5.2xlarge","engine_type":"vllm","service_type":"sagemaker"}""", "No region is set")]
    public async Task What_cannot_be_here_is_refused_before_anything_is_kept(string body, string word)
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { Model = ServerOptions.NoModel });

        using var answer = await SendAsync(server.Http, "/emd_deploy", body);
        var text = await answer.Content.ReadAsStringAsync(Token);
        var list = await PostAsync(server.Http, "/emd_models", "{}");

        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, text);
        Assert.Contains(word, text, StringComparison.Ordinal);
        Assert.Equal(0, list.GetArrayLength());
    }

    [Theory]
    [InlineData("/emd_status")]
    [InlineData("/emd_destroy")]
    public async Task Of_what_is_not_deployed_everybody_is_told(string path)
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { Model = ServerOptions.NoModel });

        using var answer = await SendAsync(server.Http, path, """{"model_id":"nothing","model_tag":"prod"}""");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private static async Task<JsonElement> InServiceAsync(HttpClient http)
    {
        JsonElement status = default;
        await Patience.UntilAsync(
            async () =>
            {
                status = await PostAsync(http, "/emd_status", """{"model_id":"slipway-tiny","model_tag":"dev"}""");
                return status.GetProperty("status").GetString() == "InService";
            },
            () => $"It is {status}.");
        return status;
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient http, string path, string body) =>
        http.PostAsync(path, new StringContent(body, null, "application/json"), Token);

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, string body)
    {
        using var answer = await SendAsync(http, path, body);
        return await TrainingServer.ReadAsync<JsonElement>(answer);
    }
}
