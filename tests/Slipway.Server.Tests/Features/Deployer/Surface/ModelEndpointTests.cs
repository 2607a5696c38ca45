using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Client.Deployer;
using Slipway.Server.Features.Deployer.Catalog;

namespace Slipway.Server.Tests.Features.Deployer.Surface;

public sealed class ModelEndpointTests(ModelEndpointTests.Fixture fixture) : IClassFixture<ModelEndpointTests.Fixture>
{
    private HttpClient Http => fixture.Server.Http;

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{"anything": [1]}""")]
    public async Task Every_model_is_told_by_its_id(string body)
    {
        var (status, answer) = await PostAsync("/emd_supported_models", body);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(ModelCatalog.AtStart.Models.Select(model => model.Id), answer.AsObject().Select(pair => pair.Key));
        Assert.All(answer.AsObject(), pair => Assert.Equal(pair.Key, (string?)pair.Value!["model_id"]));
    }

    [Fact]
    public async Task A_body_of_nothing_at_all_will_do()
    {
        using var answer = await Http.PostAsync("/emd_supported_models", null, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_model_in_short_has_its_engines_and_instances()
    {
        var (_, answer) = await PostAsync("/emd_supported_models", "{}");

        Assert.Equal(
            """{"model_id":"Qwen3-8B","model_name":"Qwen3 8B","provider":"Alibaba","supported_engines":["vllm","slipway"],"supported_instance_types":["g5.2xlarge","g5.4xlarge","g5.8xlarge","g5.16xlarge","g4dn.2xlarge","local"],"supported_services":["sagemaker_realtime","sagemaker_async","local"]}""",
            answer["Qwen3-8B"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"model_id": "Qwen3-8B"}""")]
    [InlineData("""{"model_id": "Qwen3-8B", "detail": false}""")]
    [InlineData("""{"model_id": "Qwen3-8B", "detail": null}""")]
    public async Task Details_without_detail_are_the_same_record(string body)
    {
        var (_, all) = await PostAsync("/emd_supported_models", "{}");

        var (status, answer) = await PostAsync("/emd_details", body);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("Qwen3-8B", Assert.Single(answer.AsObject()).Key);
        Assert.Equal(all["Qwen3-8B"]!.ToJsonString(), answer["Qwen3-8B"]!.ToJsonString());
    }

    [Fact]
    public async Task Details_tell_all_that_is_known()
    {
        var (_, answer) = await PostAsync("/emd_details", """{"model_id": "Qwen3-8B", "detail": true}""");

        var model = answer["Qwen3-8B"]!.AsObject();
        Assert.Equal(
            ["model_id", "model_name", "provider", "supported_engines", "supported_instance_types", "supported_services", "model_size", "context_length",
                "recommended_instance_type", "memory_requirements", "description", "description_zh", "capabilities", "license"],
            model.Select(pair => pair.Key));
        Assert.Equal("8.2B", (string?)model["model_size"]);
        Assert.Equal("21 GiB of GPU memory", (string?)model["memory_requirements"]);
        Assert.Equal(32768, (int)model["context_length"]!);
    }

    /// <summary>Unknown is null, and never left out: programs index.</summary>
    [Fact]
    public async Task Every_model_has_every_field_of_the_details()
    {
        foreach (var id in ModelCatalog.AtStart.Models.Select(model => model.Id))
        {
            using var answer = await Http.PostAsJsonAsync("/emd_details", new { model_id = id, detail = true }, TestContext.Current.CancellationToken);
            var model = (await answer.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken))![id]!.AsObject();
            Assert.Equal(14, model.Count);
            Assert.NotNull(model["recommended_instance_type"]);
            Assert.NotNull(model["description"]);
        }
    }

    [Theory]
    [InlineData("qwen3-8b", "The model 'qwen3-8b' is not in the catalog. Near it are: Qwen3-8B, Qwen3-4B, Qwen3-0.6B. POST /emd_supported_models lists them all.")]
    [InlineData("no-such-thing-at-all", "The model 'no-such-thing-at-all' is not in the catalog. POST /emd_supported_models lists them all.")]
    public async Task An_unknown_model_is_404_with_what_may_be_meant(string id, string detail)
    {
        var (status, answer) = await PostAsync("/emd_details", $$"""{"model_id": "{{id}}"}""");

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal(detail, (string?)answer["detail"]);
    }

    [Theory]
    [InlineData("{}", """[{"loc":["body","model_id"],"msg":"field required","type":"value_error.missing"}]""")]
    [InlineData("""{"model_id": 7, "detail": "yes"}""", """[{"loc":["body","model_id"],"msg":"str type expected","type":"type_error.string"},{"loc":["body","detail"],"msg":"value is not a valid boolean","type":"type_error.bool"}]""")]
    public async Task A_wrong_body_is_told_field_by_field(string body, string faults)
    {
        var (status, answer) = await PostAsync("/emd_details", body);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal(faults, answer["detail"]!.ToJsonString());
    }

    [Fact]
    public async Task The_contracts_records_read_what_is_answered()
    {
        var json = new JsonSerializerOptions(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
        var request = new ModelDetailsRequest { ModelId = "slipway-tiny", Detail = true };

        using var answer = await Http.PostAsJsonAsync("/emd_details", request, json, TestContext.Current.CancellationToken);

        var models = await answer.Content.ReadFromJsonAsync<Dictionary<string, DeployableModelDetail>>(json, TestContext.Current.CancellationToken);
        Assert.Equal(("5.8M", "0.006 GiB of memory for the weights", "local"),
            (models!["slipway-tiny"].ModelSize, models["slipway-tiny"].MemoryRequirements, models["slipway-tiny"].RecommendedInstanceType));
    }

    /// <summary>The gateway's and the deployer's is one.</summary>
    [Fact]
    public async Task Ping_says_what_clients_of_the_deployer_wait_for()
    {
        var answer = await Http.GetStringAsync("/ping", TestContext.Current.CancellationToken);

        Assert.Equal("""{"success":true,"message":"EMD Web API is running"}""", answer);
    }

    private async Task<(HttpStatusCode Status, JsonNode Answer)> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await Http.PostAsync(path, content, TestContext.Current.CancellationToken);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!);
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal RunningServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await RunningServer.StartAsync();

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
