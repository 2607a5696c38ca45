using System.Text.Json;
using Slipway.Client;
using Slipway.Client.Deployer;
using Slipway.Server.Features.Deployer.Surface;
using static Slipway.Server.Tests.Features.Deployer.Surface.DeployTexts;

namespace Slipway.Server.Tests.Features.Deployer.Surface;

public sealed class DeployBodyTests
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = WireText.Encoder,
    };

    [Fact]
    public void The_echo_has_thirteen_fields_in_the_documents_order()
    {
        var config = DeployBody.Echo(Request(Whole));

        Assert.Equal(
            """{"model_id":"Qwen3-8B","instance_type":"g5.2xlarge","engine_type":"vllm","service_type":"sagemaker","framework_type":"fastapi","model_tag":"dev","region":"us-east-1","model_stack_name":"my-custom-stack","extra_params":{"max_tokens":2048,"temperature":0.7},"env_stack_on_failure":"ROLLBACK","force_env_stack_update":false,"waiting_until_deploy_complete":false,"dockerfile_local_path":null}""",
            JsonSerializer.Serialize(config, Json));
    }

    [Fact]
    public void What_was_left_out_is_told_as_null_or_default()
    {
        var config = DeployBody.Echo(Request(Tiny));

        Assert.Equal(
            """{"model_id":"slipway-tiny","instance_type":"local","engine_type":"slipway","service_type":"local","framework_type":"fastapi","model_tag":"dev","region":null,"model_stack_name":null,"extra_params":{},"env_stack_on_failure":"ROLLBACK","force_env_stack_update":false,"waiting_until_deploy_complete":false,"dockerfile_local_path":null}""",
            JsonSerializer.Serialize(config, Json));
    }

    [Fact]
    public void The_answer_is_the_documents()
    {
        var started = new DeployStarted
        {
            Success = true,
            Message = "Deployment initiated successfully",
            DeploymentConfig = DeployBody.Echo(Request(Tiny)),
        };

        var text = JsonSerializer.Serialize(started, Json);

        Assert.Equal(
            $$"""{"success":true,"message":"Deployment initiated successfully","deployment_config":{{JsonSerializer.Serialize(started.DeploymentConfig, Json)}}}""", text);
    }

    [Fact]
    public void Values_are_told_as_they_were_sent()
    {
        var body = With(Whole, """{"instance_type":"ml.g5.2xlarge","engine_type":"transformers","extra_params":"{\"a\": [1]}","waiting_until_deploy_complete":true,"dockerfile_local_path":"./Dockerfile"}""");

        var config = DeployBody.Echo(Request(body));

        Assert.Equal(("ml.g5.2xlarge", "transformers", "sagemaker"), (config.InstanceType, config.EngineType, config.ServiceType));
        Assert.Equal("""{"a": [1]}""", config.ExtraParams.GetString());
        Assert.Equal((true, "./Dockerfile"), (config.WaitingUntilDeployComplete, config.DockerfileLocalPath));
    }

    [Fact]
    public void Missing_fields_are_told_together()
    {
        var (_, faults) = Read("{}");

        Assert.Equal(["body.model_id", "body.instance_type", "body.engine_type", "body.service_type"], faults.Select(fault => fault.Path));
        Assert.All(faults, fault => Assert.Equal(("field required", "value_error.missing"), (fault.Msg, fault.Type)));
    }

    [Theory]
    [InlineData("""{"model_id":1}""", "body.model_id", "type_error.string")]
    [InlineData("""{"model_id":""}""", "body.model_id", "value_error.any_str.min_length")]
    [InlineData("""{"model_id":"a\nb"}""", "body.model_id", "value_error.const")]
    [InlineData("""{"instance_type":["g5.2xlarge"]}""", "body.instance_type", "type_error.string")]
    [InlineData("""{"engine_type":{}}""", "body.engine_type", "type_error.string")]
    [InlineData("""{"service_type":true}""", "body.service_type", "type_error.string")]
    [InlineData("""{"framework_type":1.5}""", "body.framework_type", "type_error.string")]
    [InlineData("""{"model_tag":7}""", "body.model_tag", "type_error.string")]
    [InlineData("""{"region":7}""", "body.region", "type_error.string")]
    [InlineData("""{"model_stack_name":[]}""", "body.model_stack_name", "type_error.string")]
    [InlineData("""{"extra_params":[]}""", "body.extra_params", "type_error.dict")]
    [InlineData("""{"extra_params":7}""", "body.extra_params", "type_error.dict")]
    [InlineData("""{"extra_params":"[]"}""", "body.extra_params", "type_error.dict")]
    [InlineData("""{"extra_params":"null"}""", "body.extra_params", "type_error.dict")]
    [InlineData("""{"extra_params":"{"}""", "body.extra_params", "value_error.jsondecode")]
    [InlineData("""{"extra_params":""}""", "body.extra_params", "value_error.jsondecode")]
    [InlineData("""{"extra_params":{"a":1,"a":2}}""", "body.extra_params", "value_error.jsondecode")]
    [InlineData("""{"extra_params":{"a":["\ud800"]}}""", "body.extra_params", "value_error.jsondecode")]
    [InlineData("""{"extra_params":"{\"\\ud800\":1}"}""", "body.extra_params", "value_error.jsondecode")]
    [InlineData("""{"env_stack_on_failure":"rollback"}""", "body.env_stack_on_failure", "value_error.const")]
    [InlineData("""{"force_env_stack_update":"false"}""", "body.force_env_stack_update", "type_error.bool")]
    [InlineData("""{"waiting_until_deploy_complete":1}""", "body.waiting_until_deploy_complete", "type_error.bool")]
    [InlineData("""{"dockerfile_local_path":"\u0000"}""", "body.dockerfile_local_path", "value_error.const")]
    public void A_field_of_the_wrong_kind_is_named(string fields, string path, string type)
    {
        // As a text: a reader between would mend names that stand twice and halves of letters.
        var name = fields[2..fields.IndexOf('"', 2)];
        var (_, faults) = Read(With(Tiny, $$"""{"{{name}}":null}""").Replace($"\"{name}\":null", fields[1..^1], StringComparison.Ordinal));

        var fault = Assert.Single(faults);
        Assert.Equal((path, type), (fault.Path, fault.Type));
    }

    [Theory]
    [InlineData("model_id", 257)]
    [InlineData("model_tag", 257)]
    [InlineData("dockerfile_local_path", 1025)]
    public void A_long_text_is_refused(string name, int length)
    {
        var (_, faults) = Read(With(Tiny, $$"""{"{{name}}":"{{new string('a', length)}}"}"""));

        Assert.Equal(("body." + name, "value_error.any_str.max_length"), (Assert.Single(faults).Path, faults[0].Type));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Large_and_deep_parameters_are_refused(bool isText)
    {
        string Sent(string json) => With(Tiny, $$"""{"extra_params":{{(isText ? JsonSerializer.Serialize(json) : json)}}}""");
        var deep = string.Concat(Enumerable.Repeat("""{"a":""", 40)) + "1" + new string('}', 40);

        var (_, large) = Read(Sent($$"""{"a":"{{new string('x', 20_000)}}"}"""));
        var (_, nested) = Read(Sent(deep));

        Assert.Equal("value_error.any_str.max_length", Assert.Single(large).Type);
        Assert.Equal("value_error.jsondecode", Assert.Single(nested).Type);
    }
}
