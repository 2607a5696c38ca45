using System.Net;
using System.Text;
using System.Text.Json;
using Slipway.Client;
using Slipway.Server.Features.Deployer.Surface;
using Slipway.Server.Tests.Features.Deployer.SageMaker;
using Slipway.Server.Tests.Features.Deployments;
using Slipway.Server.Tests.Features.Runs.Executors;
using static Slipway.Server.Tests.Features.Deployer.Surface.DeployTexts;

namespace Slipway.Server.Tests.Features.Deployer.Surface;

/// <summary>
/// Every request that the deployer's contract documents, as the text that it is, and the answer that it documents: members in their
/// order, their types, and the texts that clients compare.
/// </summary>
public sealed class EmdContractTests
{
    /// <summary>The documented request to deploy, letter by letter.</summary>
    private const string Documented =
        """{"model_id": "Qwen3-8B","instance_type": "g5.2xlarge","engine_type": "vllm","service_type": "sagemaker","framework_type": "fastapi","model_tag": "dev","region": "us-east-1","model_stack_name": "qwen3-8b-stack","extra_params": {"max_tokens": 2048,"temperature": 0.7}}""";

    /// <summary>The same for this machine, where vLLM is played.</summary>
    private const string Here =
        """{"model_id": "Qwen3-8B","instance_type": "local","engine_type": "vllm","service_type": "local","framework_type": "fastapi","model_tag": "dev","region": "us-east-1","model_stack_name": "qwen3-8b-stack","extra_params": {"max_tokens": 2048,"temperature": 0.7}}""";

    private const string Name = """{"model_id": "Qwen3-8B","model_tag": "dev"}""";

    private static readonly string[] StatusMembers =
        ["status", "endpoint_name", "endpoint_url", "instance_type", "instance_count", "creation_time", "last_modified_time"];

    private static readonly string[] RowMembers = ["model_id", "model_tag", "status", "service_type", "instance_type", "create_time", "outputs"];

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = WireText.Encoder,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void The_documented_request_is_echoed_in_thirteen_fields()
    {
        var echo = DeployBody.Echo(Request(Documented));

        Assert.Equal(
            """{"model_id":"Qwen3-8B","instance_type":"g5.2xlarge","engine_type":"vllm","service_type":"sagemaker","framework_type":"fastapi","model_tag":"dev","region":"us-east-1","model_stack_name":"qwen3-8b-stack","extra_params":{"max_tokens":2048,"temperature":0.7},"env_stack_on_failure":"ROLLBACK","force_env_stack_update":false,"waiting_until_deploy_complete":false,"dockerfile_local_path":null}""",
            JsonSerializer.Serialize(echo, Json));
    }

    [Fact]
    public void The_documented_request_is_one_that_the_catalog_can_do()
    {
        var (order, _, refusal) = DeployCheck.Of(Request(Documented), new());

        Assert.Equal("", refusal);
        Assert.Equal(("sagemaker_realtime", "qwen3-8b-stack"), (order!.ServiceType, order.StackName));
    }

    [Fact]
    public async Task The_whole_way_of_a_model_is_answered_as_documented()
    {
        await using var server = await DeploymentServer.StartAsync(DeploymentContractTests.OneGpu);

        var started = await PostAsync(server.Http, "/emd_deploy", Here);
        var early = JsonElement.Parse((await PostAsync(server.Http, "/emd_status", Name)).Text).GetProperty("status").GetString();
        var status = await InServiceAsync(server.Http);
        var row = JsonElement.Parse((await PostAsync(server.Http, "/emd_models", "{}")).Text)[0];
        var twice = await PostAsync(server.Http, "/emd_deploy", Here);
        var destroyed = await PostAsync(server.Http, "/emd_destroy", Name);
        await GoneAsync(server.Http);

        Assert.Equal(
            (HttpStatusCode.OK, """{"success":true,"message":"Deployment initiated successfully","deployment_config":{"model_id":"Qwen3-8B","instance_type":"local","engine_type":"vllm","service_type":"local","framework_type":"fastapi","model_tag":"dev","region":"us-east-1","model_stack_name":"qwen3-8b-stack","extra_params":{"max_tokens":2048,"temperature":0.7},"env_stack_on_failure":"ROLLBACK","force_env_stack_update":false,"waiting_until_deploy_complete":false,"dockerfile_local_path":null}}"""),
            started);
        Assert.Contains(early, new[] { "Creating (Infrastructure)", "Creating (Endpoint)", "InService" });
        AssertStatus(status);
        AssertRow(row);
        Assert.Equal(HttpStatusCode.Conflict, twice.Status);
        Assert.Contains("Qwen3-8B", Detail(twice.Text), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, """{"success":true}"""), destroyed);
    }

    [Fact]
    public async Task The_documented_request_goes_to_SageMaker_and_is_answered_as_documented()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(10));

        var started = await PostAsync(server.Http, "/emd_deploy", Documented);
        var status = await InServiceAsync(server.Http);
        var row = JsonElement.Parse((await PostAsync(server.Http, "/emd_models", "")).Text)[0];
        var destroyed = await PostAsync(server.Http, "/emd_destroy", Name);
        await GoneAsync(server.Http);

        Assert.Equal(
            (HttpStatusCode.OK, """{"success":true,"message":"Deployment initiated successfully","deployment_config":{"model_id":"Qwen3-8B","instance_type":"g5.2xlarge","engine_type":"vllm","service_type":"sagemaker","framework_type":"fastapi","model_tag":"dev","region":"us-east-1","model_stack_name":"qwen3-8b-stack","extra_params":{"max_tokens":2048,"temperature":0.7},"env_stack_on_failure":"ROLLBACK","force_env_stack_update":false,"waiting_until_deploy_complete":false,"dockerfile_local_path":null}}"""),
            started);
        Assert.Equal(StatusMembers, Names(status)[..7]);
        Assert.Equal(("InService", "ml.g5.2xlarge", 1), (Text(status, "status"), Text(status, "instance_type"), status.GetProperty("instance_count").GetInt32()));
        Assert.Equal("qwen3-8b-stack", Text(status, "stack_name"));
        Assert.Equal(RowMembers, Names(row));
        Assert.Equal(Text(status, "endpoint_name"), Text(row.GetProperty("outputs"), "endpoint_name"));
        Assert.Equal((HttpStatusCode.OK, """{"success":true}"""), destroyed);
    }

    private static void AssertStatus(JsonElement status)
    {
        Assert.Equal(StatusMembers, Names(status)[..7]);
        Assert.Equal(["events", "failure_reason", "service_type", "stack_name"], Names(status)[7..].Order());
        Assert.Equal(("InService", "local", "local"), (Text(status, "status"), Text(status, "instance_type"), Text(status, "service_type")));
        Assert.Equal(JsonValueKind.String, status.GetProperty("endpoint_name").ValueKind);
        Assert.Matches(@"\Ahttp://127\.0\.0\.1:\d+/v1\z", Text(status, "endpoint_url"));
        Assert.Equal(1, status.GetProperty("instance_count").GetInt32());
        Assert.All(new[] { "creation_time", "last_modified_time" }, name => Assert.Matches(@"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\z", Text(status, name)));
        Assert.Equal(JsonValueKind.Array, status.GetProperty("events").ValueKind);
    }

    private static void AssertRow(JsonElement row)
    {
        Assert.Equal(RowMembers, Names(row));
        Assert.Equal(("Qwen3-8B", "dev", "InService", "local", "local"),
            (Text(row, "model_id"), Text(row, "model_tag"), Text(row, "status"), Text(row, "service_type"), Text(row, "instance_type")));
        Assert.EndsWith("Z", Text(row, "create_time"), StringComparison.Ordinal);
        Assert.Equal(["endpoint_name", "endpoint_url"], Names(row.GetProperty("outputs")));
    }

    [Theory]
    [InlineData("/ping", null, """{"success":true,"message":"EMD Web API is running"}""")]
    [InlineData("/emd_models", "{}", "[]")]
    [InlineData("/emd_models", "", "[]")]
    public async Task What_there_is_always_is_answered_letter_by_letter(string path, string? body, string answer)
    {
        await using var server = await StartAsync();

        using var response = body is null
            ? await server.Http.GetAsync(path, Token)
            : await server.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Token);

        Assert.Equal((HttpStatusCode.OK, answer), (response.StatusCode, await response.Content.ReadAsStringAsync(Token)));
    }

    [Theory]
    [InlineData("/emd_supported_models", "{}")]
    [InlineData("/emd_supported_models", "")]
    [InlineData("/emd_details", """{"model_id": "Qwen3-8B"}""")]
    [InlineData("/emd_details", """{"model_id": "Qwen3-8B","detail": false}""")]
    public async Task A_model_is_told_with_five_members_under_its_id(string path, string body)
    {
        await using var server = await StartAsync();

        var (status, text) = await PostAsync(server.Http, path, body);

        var model = JsonElement.Parse(text).GetProperty("Qwen3-8B");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(["model_id", "model_name", "provider", "supported_engines", "supported_instance_types"], Names(model)[..5]);
        Assert.Equal("Qwen3-8B", Text(model, "model_id"));
        Assert.All(new[] { "model_name", "provider" }, name => Assert.Equal(JsonValueKind.String, model.GetProperty(name).ValueKind));
        Assert.Contains("vllm", Texts(model, "supported_engines"));
        Assert.Contains("g5.2xlarge", Texts(model, "supported_instance_types"));
    }

    [Fact]
    public async Task Details_of_a_model_have_the_documented_members_and_types()
    {
        await using var server = await StartAsync();

        var (_, text) = await PostAsync(server.Http, "/emd_details", """{"model_id": "Qwen3-8B","detail": true}""");

        var model = JsonElement.Parse(text).GetProperty("Qwen3-8B");
        string[] texts = ["model_id", "model_name", "provider", "model_size", "recommended_instance_type", "memory_requirements", "description", "license"];
        Assert.Equal("Qwen3-8B", Assert.Single(Names(JsonElement.Parse(text))));
        Assert.All(texts, name => Assert.False(string.IsNullOrEmpty(Text(model, name)), name));
        Assert.Equal(32768, model.GetProperty("context_length").GetInt32());
        Assert.All(new[] { "supported_engines", "supported_instance_types", "capabilities" }, name => Assert.NotEmpty(Texts(model, name)));
    }

    [Theory]
    [InlineData("""{"model_id":"Qwen9-8B"}""", "accepted are: slipway-tiny, ")]
    [InlineData("""{"instance_type":"p5.48xlarge"}""", "accepted: g5.2xlarge, g5.4xlarge, g5.8xlarge, g5.16xlarge, g4dn.2xlarge.")]
    [InlineData("""{"instance_type":"ml.p5.48xlarge"}""", "accepted: g5.2xlarge, ")]
    [InlineData("""{"engine_type":"tgi"}""", "accepted: vllm.")]
    [InlineData("""{"engine_type":"transformers"}""", "accepted: vllm.")]
    [InlineData("""{"service_type":"lambda"}""", "accepted: sagemaker_realtime, sagemaker_async, local.")]
    [InlineData("""{"service_type":"ecs"}""", "nothing is deployed to it.")]
    [InlineData("""{"framework_type":"rails"}""", "accepted: fastapi, flask, django.")]
    [InlineData("""{"model_tag":"Dev"}""", "accepted are 1 to 63 lower-case letters")]
    [InlineData("""{"model_tag":""}""", "accepted are 1 to 63 lower-case letters")]
    [InlineData("""{"model_stack_name":"no stack"}""", "accepted are 1 to 128 letters, digits and '-'")]
    [InlineData("""{"region":"mars"}""", "accepted is a name such as us-east-1")]
    public async Task What_cannot_be_is_400_with_what_would_be_accepted(string changes, string accepted)
    {
        await using var server = await StartAsync();

        var (status, text) = await PostAsync(server.Http, "/emd_deploy", With(Documented, changes));
        var (_, list) = await PostAsync(server.Http, "/emd_models", "{}");

        Assert.Equal((HttpStatusCode.BadRequest, "[]"), (status, list));
        Assert.Contains(accepted, Detail(text), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("""{"instance_type":"ml.g5.2xlarge"}""", "Qwen3-8B")]
    [InlineData("""{"service_type":"sagemaker_realtime"}""", "Qwen3-8B")]
    [InlineData("""{"service_type":"sagemaker","framework_type":"flask"}""", "Qwen3-8B")]
    [InlineData("""{"model_id":"Baichuan-M1-14B-Instruct","instance_type":"g5.12xlarge","engine_type":"vllm"}""", "Baichuan-M1-14B-Instruct")]
    public void Prefixes_and_other_names_are_understood(string changes, string id)
    {
        var (order, model, refusal) = DeployCheck.Of(Request(With(Documented, changes)), new());

        Assert.Equal("", refusal);
        Assert.Equal((id, "sagemaker_realtime"), (model!.Id, order!.ServiceType));
        Assert.StartsWith("g5.", order.InstanceType, StringComparison.Ordinal);
    }

    [Fact]
    public void Transformers_is_the_engine_of_Hugging_Face()
    {
        var (_, _, refusal) = DeployCheck.Of(
            Request(With(Documented, """{"model_id":"Baichuan-M1-14B-Instruct","instance_type":"g5.12xlarge","engine_type":"transformers"}""")), new());

        Assert.StartsWith("Engine type transformers has no ready container", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/emd_status", """{"model_id": "Qwen3-8B","model_tag": "dev"}""")]
    [InlineData("/emd_status", """{"model_id": "Qwen3-8B"}""")]
    [InlineData("/emd_destroy", """{"model_id": "Qwen3-8B","model_tag": "dev"}""")]
    [InlineData("/emd_destroy", """{"model_id": "Qwen3-8B"}""")]
    [InlineData("/emd_details", """{"model_id": "Qwen9-8B","detail": true}""")]
    public async Task What_there_is_not_is_404_by_its_name(string path, string body)
    {
        await using var server = await StartAsync();

        var (status, text) = await PostAsync(server.Http, path, body);

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains(JsonElement.Parse(body).GetProperty("model_id").GetString()!, Detail(text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/emd_deploy", """{"instance_type": "g5.2xlarge","engine_type": "vllm","service_type": "sagemaker"}""",
        """{"detail":[{"loc":["body","model_id"],"msg":"field required","type":"value_error.missing"}]}""")]
    [InlineData("/emd_status", "{}", """{"detail":[{"loc":["body","model_id"],"msg":"field required","type":"value_error.missing"}]}""")]
    [InlineData("/emd_destroy", "{}", """{"detail":[{"loc":["body","model_id"],"msg":"field required","type":"value_error.missing"}]}""")]
    [InlineData("/emd_details", """{"detail": true}""", """{"detail":[{"loc":["body","model_id"],"msg":"field required","type":"value_error.missing"}]}""")]
    [InlineData("/emd_deploy", """{"model_id": 7,"engine_type": "vllm","service_type": "sagemaker","force_env_stack_update": "no"}""",
        """{"detail":[{"loc":["body","model_id"],"msg":"str type expected","type":"type_error.string"},{"loc":["body","instance_type"],"msg":"field required","type":"value_error.missing"},{"loc":["body","force_env_stack_update"],"msg":"value is not a valid boolean","type":"type_error.bool"}]}""")]
    [InlineData("/emd_status", "[]", """{"detail":[{"loc":["body"],"msg":"value is not a valid dict","type":"type_error.dict"}]}""")]
    public async Task A_body_that_does_not_validate_is_422_with_every_fault(string path, string body, string answer)
    {
        await using var server = await StartAsync();

        var told = await PostAsync(server.Http, path, body);

        Assert.Equal((HttpStatusCode.UnprocessableEntity, answer), told);
    }

    [Theory]
    [InlineData("/emd_deploy")]
    [InlineData("/emd_status")]
    [InlineData("/emd_destroy")]
    [InlineData("/emd_details")]
    [InlineData("/emd_models")]
    [InlineData("/emd_supported_models")]
    public async Task What_is_no_JSON_is_422_with_the_byte_where_it_ends_to_be(string path)
    {
        await using var server = await StartAsync();

        var (status, text) = await PostAsync(server.Http, path, """{"model_id": "Qwen3-8B",,}""");

        var fault = JsonElement.Parse(text).GetProperty("detail")[0];
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "value_error.jsondecode"), (status, Text(fault, "type")));
        Assert.Equal("""["body",24]""", fault.GetProperty("loc").GetRawText());
    }

    private static Task<RunningServer> StartAsync() => RunningServer.StartAsync(new ServerOptions { Model = ServerOptions.NoModel });

    private static async Task<JsonElement> InServiceAsync(HttpClient http)
    {
        JsonElement status = default;
        await Patience.UntilAsync(
            async () =>
            {
                status = JsonElement.Parse((await PostAsync(http, "/emd_status", Name)).Text);
                return Text(status, "status") == "InService";
            },
            () => $"It is {status}.");
        return status;
    }

    private static Task GoneAsync(HttpClient http) => Patience.UntilAsync(
        async () => (await PostAsync(http, "/emd_status", Name)).Status == HttpStatusCode.NotFound, () => "It is still there.");

    private static async Task<(HttpStatusCode Status, string Text)> PostAsync(HttpClient http, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(path, content, Token);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
    }

    private static List<string> Names(JsonElement element) => [.. element.EnumerateObject().Select(member => member.Name)];

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static List<string?> Texts(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(item => item.GetString())];

    private static string Detail(string text) => Text(JsonElement.Parse(text), "detail");
}
