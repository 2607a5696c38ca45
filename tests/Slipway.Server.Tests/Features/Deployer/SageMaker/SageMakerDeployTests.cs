using System.Net;
using System.Text.Json.Nodes;
using Slipway.Server.Tests.Aws;
using Slipway.Server.Tests.Aws.StandIn;
using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Deployer.SageMaker;

/// <summary>The whole way of a model that is deployed to SageMaker.</summary>
public sealed class SageMakerDeployTests
{
    private const string Stream =
        """
        data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"Qwen3-8B","choices":[{"index":0,"delta":{"role":"assistant","content":"晴川"},"finish_reason":null}]}

        data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"Qwen3-8B","choices":[{"index":0,"delta":{"content":"书店"},"finish_reason":"stop"}]}

        data: [DONE]


        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_model_comes_into_service_streams_through_the_gateway_and_leaves_nothing()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(10));
        server.Aws.Endpoints["*"] = StandInContainers.Streams(Stream);

        await server.DeployAsync(SageMakerServer.Request());
        var (status, seen) = await server.UntilAsync("InService");
        var (text, calls) = (await ChatAsync(server, "Qwen3-8B/dev"), server.Aws.Calls.Count(call => call.Path.Contains("response-stream", StringComparison.Ordinal)));
        var byId = await ChatAsync(server, "Qwen3-8B");
        var models = await server.Http.GetStringAsync("/v1/models", Token);
        await server.DestroyAsync();
        await server.UntilGoneAsync();
        var modelsAfter = await server.Http.GetStringAsync("/v1/models", Token);

        Assert.Equal(["Creating (Infrastructure)", "Creating (Endpoint)", "InService"], seen);
        Assert.Equal(
            (SageMakerServer.Endpoint, SageMakerServer.Stack, "ml.g5.2xlarge", 1, "https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/EMD-Model-qwen3-8b-endpoint/invocations"),
            (Text(status, "endpoint_name"), Text(status, "stack_name"), Text(status, "instance_type"), status.GetProperty("instance_count").GetInt32(), Text(status, "endpoint_url")));
        Assert.Contains("Endpoint", status.GetProperty("events").EnumerateArray().Select(one => one.EnumerateObject().ElementAt(1).Value.GetString()));
        Assert.Contains("晴川", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.Equal((1, text.Replace("Qwen3-8B/dev", "Qwen3-8B", StringComparison.Ordinal)), (calls, byId));
        Assert.Contains("\"Qwen3-8B/dev\"", models, StringComparison.Ordinal);
        Assert.DoesNotContain("Qwen3-8B", modelsAfter, StringComparison.Ordinal);
        Assert.Equal([ResourceTypes.Role], server.Account.Left.Select(resource => resource.Type.Type));
        Assert.Equal(4, server.Account.Made.Count);
    }

    [Fact]
    public async Task The_template_tells_the_container_the_model_its_name_and_the_models_own_arguments()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(30));

        await server.DeployAsync(SageMakerServer.Request(
            """
            "model_tag":"prod","extra_params":{"engine_params":{"cli_args":"--max-model-len 4096 --no-enable-prefix-caching"},"service_params":{"min_capacity":2,"max_capacity":3}}
            """));
        await server.UntilAsync("InService", tag: "prod");
        var made = server.Account.Made.ToDictionary(resource => resource.Type.Type, resource => resource.Properties);
        var container = made[ResourceTypes.Model]["PrimaryContainer"]!;
        var variables = container["Environment"]!.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value!.ToString());
        var variant = made[ResourceTypes.Config]["ProductionVariants"]![0]!;

        Assert.Equal("763104351884.dkr.ecr.us-east-1.amazonaws.com/vllm:0.15.1-gpu-py312-cu129-ubuntu22.04-sagemaker", container["Image"]!.ToString());
        Assert.Equal(
            ("Qwen/Qwen3-8B", "Qwen3-8B", "4096", "true", "1", "hermes"),
            (variables["SM_VLLM_MODEL"], variables["SM_VLLM_SERVED_MODEL_NAME"], variables["SM_VLLM_MAX_MODEL_LEN"], variables["SM_VLLM_NO_ENABLE_PREFIX_CACHING"],
                variables["SM_VLLM_TENSOR_PARALLEL_SIZE"], variables["SM_VLLM_TOOL_CALL_PARSER"]));
        Assert.DoesNotContain("SM_VLLM_ENABLE_PREFIX_CACHING", variables.Keys);
        Assert.Equal(
            ("al2-ami-sagemaker-inference-gpu-3-1", "2", "3600"),
            (variant["InferenceAmiVersion"]!.ToString(), variant["InitialInstanceCount"]!.ToString(), variant["ModelDataDownloadTimeoutInSeconds"]!.ToString()));
        Assert.Equal(("2", "3"), (made[ResourceTypes.Target]["MinCapacity"]!.ToString(), made[ResourceTypes.Target]["MaxCapacity"]!.ToString()));
        Assert.Equal("SageMakerVariantInvocationsPerInstance", made[ResourceTypes.Policy]["TargetTrackingScalingPolicyConfiguration"]!["PredefinedMetricSpecification"]!["PredefinedMetricType"]!.ToString());
    }

    [Fact]
    public async Task An_asynchronous_endpoint_sleeps_wakes_and_is_no_route()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(30), settings: "--Deployer:SageMaker:AsyncOutput=s3://our-answers/all/");

        await server.DeployAsync(SageMakerServer.Request("\"extra_params\":{\"service_params\":{\"min_capacity\":0,\"max_capacity\":2,\"max_concurrent_invocations\":8}}", "sagemaker_async"));
        var (status, _) = await server.UntilAsync("InService");
        var config = server.Account.Made.First(resource => resource.Type.Type == ResourceTypes.Config).Properties["AsyncInferenceConfig"]!;
        var role = server.Account.Made.First(resource => resource.Type.Type == ResourceTypes.Role).Properties.ToJsonString();
        var models = await server.Http.GetStringAsync("/v1/models", Token);
        await server.DestroyAsync();
        await server.UntilGoneAsync();

        Assert.EndsWith("/async-invocations", Text(status, "endpoint_url"), StringComparison.Ordinal);
        Assert.Equal(("s3://our-answers/all/Qwen3-8B/dev", "8"), (config["OutputConfig"]!["S3OutputPath"]!.ToString(), config["ClientConfig"]!["MaxConcurrentInvocationsPerInstance"]!.ToString()));
        Assert.Contains("arn:aws:s3:::our-answers/all/*", role, StringComparison.Ordinal);
        Assert.Contains(server.Account.Made, resource => resource.Type.Type == ResourceTypes.Alarm);
        Assert.DoesNotContain("Qwen3-8B", models, StringComparison.Ordinal);
        Assert.Equal([ResourceTypes.Role], server.Account.Left.Select(resource => resource.Type.Type));
    }

    [Fact]
    public async Task Settings_that_are_there_but_empty_are_not_set()
    {
        string[] names = ["RoleArn", "EnvironmentStack", "Image", "ImageTag", "InferenceAmi", "AsyncOutput", "ChinaHub"];
        await using var server = await SageMakerServer.StartAsync(
            TimeSpan.FromSeconds(30), settings: [.. names.Select(name => $"--Deployer:SageMaker:{name}=")]);

        await server.DeployAsync(SageMakerServer.Request());
        await server.UntilAsync("InService");

        Assert.Equal(["EMD-Env", SageMakerServer.Stack], server.Account.Stacks.Select(stack => stack.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task In_China_accounts_domains_and_the_hub_are_Chinas()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(30), "cn-northwest-1");

        await server.DeployAsync(SageMakerServer.Request());
        var (status, _) = await server.UntilAsync("InService");
        var container = server.Account.Made.First(resource => resource.Type.Type == ResourceTypes.Model).Properties["PrimaryContainer"]!;

        Assert.StartsWith("727897471807.dkr.ecr.cn-northwest-1.amazonaws.com.cn/vllm:", container["Image"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal("https://hf-mirror.com", container["Environment"]!["HF_ENDPOINT"]!.ToString());
        Assert.StartsWith("https://runtime.sagemaker.cn-northwest-1.amazonaws.com.cn/", Text(status, "endpoint_url"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_other_container_of_AWS_is_told_the_same_in_its_own_words()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(30), settings: "--Deployer:SageMaker:Container=lmi");
        server.Aws.Endpoints["*"] = async call => await StandInContainers.Answers($$"""{"choices":[],"asked":{{(call.Json.TryGetProperty("model", out _) ? "true" : "false")}}}""")(call);

        await server.DeployAsync(SageMakerServer.Request("\"extra_params\":{\"engine_params\":{\"cli_args\":\"--no-enable-prefix-caching\"}}"));
        await server.UntilAsync("InService");
        using var answer = await server.PostAsync("/v1/chat/completions", """{"model":"Qwen3-8B/dev","messages":[{"role":"user","content":"你好"}]}""");
        var text = await answer.Content.ReadAsStringAsync(Token);
        var container = server.Account.Made.First(resource => resource.Type.Type == ResourceTypes.Model).Properties["PrimaryContainer"]!;
        var variables = container["Environment"]!.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value!.ToString());

        Assert.Contains("/djl-inference:", container["Image"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(
            ("Qwen/Qwen3-8B", "1", "false", "30"),
            (variables["HF_MODEL_ID"], variables["TENSOR_PARALLEL_DEGREE"], variables["OPTION_ENABLE_PREFIX_CACHING"], variables["OPTION_MAX_NUM_SEQS"]));
        Assert.DoesNotContain(variables.Keys, name => name.StartsWith("SM_VLLM_", StringComparison.Ordinal));
        Assert.Contains("\"asked\":false", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_from_S3_and_a_role_of_ones_own_are_taken()
    {
        await using var server = await SageMakerServer.StartAsync(
            TimeSpan.FromSeconds(30), settings: $"--Deployer:SageMaker:RoleArn=arn:aws:iam::{StandInAccount.Id}:role/SlipwayExecution");

        await server.DeployAsync(SageMakerServer.Request("\"extra_params\":{\"model_params\":{\"model_files_s3_path\":\"s3://weights/qwen\"}}"));
        await server.UntilAsync("InService");
        var container = server.Account.Made.First(resource => resource.Type.Type == ResourceTypes.Model).Properties["PrimaryContainer"]!;

        Assert.Equal("s3://weights/qwen/", container["ModelDataSource"]!["S3DataSource"]!["S3Uri"]!.ToString());
        Assert.False(container["Environment"]!.AsObject().ContainsKey("SM_VLLM_MODEL"));
        Assert.DoesNotContain(server.Account.Made, resource => resource.Type.Type == ResourceTypes.Role);
    }

    [Fact]
    public async Task Two_models_whose_names_come_to_one_both_come_into_service()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(30));

        await server.DeployAsync(SageMakerServer.Request("\"model_tag\":\"a_b\""));
        await server.DeployAsync(SageMakerServer.Request("\"model_tag\":\"a-b\""));
        var (first, _) = await server.UntilAsync("InService", tag: "a_b");
        var (second, _) = await server.UntilAsync("InService", tag: "a-b");
        await server.DestroyAsync(tag: "a_b");
        await server.DestroyAsync(tag: "a-b");
        await server.UntilGoneAsync(tag: "a_b");
        await server.UntilGoneAsync(tag: "a-b");

        var names = new[] { Text(first, "stack_name")!, Text(second, "stack_name")! }.OrderBy(name => name.Length).ToList();
        Assert.Equal("EMD-Model-qwen3-8b-a-b", names[0]);
        Assert.Matches(@"\AEMD-Model-qwen3-8b-a-b-[0-9a-f]{8}\z", names[1]);
        Assert.Equal([ResourceTypes.Role], server.Account.Left.Select(resource => resource.Type.Type));
        Assert.Single(server.Account.Made, resource => resource.Type.Type == ResourceTypes.Role);
    }

    [Fact]
    public async Task What_is_there_already_is_used_brought_up_to_date_where_that_is_asked_for_and_never_made_twice()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(30));

        await server.DeployAsync(SageMakerServer.Request());
        await server.UntilAsync("InService");
        await server.DeployAsync(SageMakerServer.Request("\"model_tag\":\"two\",\"force_env_stack_update\":true"));
        await server.UntilAsync("InService", tag: "two");

        Assert.Single(server.Account.Made, resource => resource.Type.Type == ResourceTypes.Role);
        Assert.Equal(1, server.Aws.Control.Actions.Count(action => action == "UpdateStack"));
    }

    [Fact]
    public async Task A_destruction_in_the_middle_of_the_making_leaves_nothing()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(5));

        await server.DeployAsync(SageMakerServer.Request());
        await server.UntilAsync("Creating (Endpoint)");
        await server.DestroyAsync();
        await server.UntilGoneAsync();

        Assert.Equal([ResourceTypes.Role], server.Account.Left.Select(resource => resource.Type.Type));
    }

    [Fact]
    public async Task An_AWS_that_throttles_and_falls_silent_is_outlived()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(10), settings: "--Aws:Attempts=2");
        server.Account.Script.ThrottleEvery = 3;

        await server.DeployAsync(SageMakerServer.Request());
        await server.UntilAsync("Creating (Endpoint)");
        server.Account.Script.Outage = 10;
        var (_, seen) = await server.UntilAsync("InService");
        await server.DestroyAsync();
        await server.UntilGoneAsync();

        Assert.Equal(["Creating (Infrastructure)", "Creating (Endpoint)", "InService"], seen);
        Assert.Equal(4, server.Account.Made.Count);
        Assert.Equal([ResourceTypes.Role], server.Account.Left.Select(resource => resource.Type.Type));
    }

    [Theory]
    [InlineData("\"region\":\"nowhere\"", "no region of AWS")]
    [InlineData("\"extra_params\":{\"engine_params\":{\"cli_args\":\"--api-key x\"}}", "--api-key")]
    [InlineData("\"extra_params\":{\"service_params\":{\"max_capacity\":0}}", "max_capacity")]
    [InlineData("\"model_tag\":\"a\",\"service_type\":\"sagemaker_async\"", "Deployer:SageMaker:AsyncOutput")]
    public async Task What_cannot_be_deployed_is_refused_before_AWS_hears_of_it(string more, string words)
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.Zero);
        var request = JsonNode.Parse(SageMakerServer.Request())!.AsObject();
        foreach (var (name, value) in JsonNode.Parse($"{{{more}}}")!.AsObject())
        {
            request[name] = value!.DeepClone();
        }

        using var answer = await server.PostAsync("/emd_deploy", request.ToJsonString());

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(words, await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Empty(server.Aws.Control.Actions);
    }

    private static string? Text(System.Text.Json.JsonElement status, string name) => status.GetProperty(name).GetString();

    private static async Task<string> ChatAsync(SageMakerServer server, string model)
    {
        HttpResponseMessage? answer = null;
        await Patience.UntilAsync(
            async () =>
            {
                answer?.Dispose();
                answer = await server.PostAsync("/v1/chat/completions", $$"""{"model":"{{model}}","stream":true,"messages":[{"role":"user","content":"你好"}]}""");
                return answer.StatusCode == HttpStatusCode.OK;
            },
            () => $"{answer}");
        using (answer)
        {
            return await answer!.Content.ReadAsStringAsync(Token);
        }
    }
}
