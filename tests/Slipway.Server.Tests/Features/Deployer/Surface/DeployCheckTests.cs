using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Features.Deployer.Surface;
using static Slipway.Server.Tests.Features.Deployer.Surface.DeployTexts;

namespace Slipway.Server.Tests.Features.Deployer.Surface;

public sealed class DeployCheckTests
{
    private static readonly ModelCatalog Known = new();

    [Fact]
    public void The_documents_request_is_an_order()
    {
        var (order, model, refusal) = DeployCheck.Of(Request(Whole), Known);

        Assert.Equal("", refusal);
        Assert.Same(Known.Find("Qwen3-8B"), model);
        Assert.Equal(("Qwen3-8B", "dev", "g5.2xlarge", "vllm", "sagemaker_realtime", "fastapi"),
            (order!.ModelId, order.ModelTag, order.InstanceType, order.EngineType, order.ServiceType, order.FrameworkType));
        Assert.Equal(("us-east-1", "my-custom-stack", "ROLLBACK", false), (order.Region, order.StackName, order.OnFailure, order.ForceEnvStackUpdate));
        Assert.Equal("""{"max_tokens":2048,"temperature":0.7}""", order.ExtraParams.ToJsonString());
    }

    [Fact]
    public void The_bundled_model_is_deployed_here()
    {
        var (order, _, refusal) = DeployCheck.Of(Request(Tiny), Known);

        Assert.Equal("", refusal);
        Assert.Equal(("local", "slipway", "local", "dev"), (order!.InstanceType, order.EngineType, order.ServiceType, order.ModelTag));
        Assert.Null(order.Region);
        Assert.Empty(order.ExtraParams);
    }

    [Theory]
    [InlineData("""{"instance_type":"ml.g5.2xlarge"}""")]
    [InlineData("""{"service_type":"sagemaker_realtime"}""")]
    [InlineData("""{"extra_params":"{\"max_tokens\": 2048, \"temperature\": 0.7}"}""")]
    [InlineData("""{"extra_params":null,"region":null,"model_stack_name":null,"framework_type":null,"model_tag":null}""")]
    public void Other_ways_to_write_it_are_understood(string changes)
    {
        var (order, _, refusal) = DeployCheck.Of(Request(With(Whole, changes)), Known);

        Assert.Equal("", refusal);
        Assert.Equal(("g5.2xlarge", "vllm", "sagemaker_realtime", "fastapi", "dev"),
            (order!.InstanceType, order.EngineType, order.ServiceType, order.FrameworkType, order.ModelTag));
    }

    [Theory]
    [InlineData("""{"model_id":"Qwen3-8b"}""", "The model 'Qwen3-8b' is not in the catalog. Near it are: Qwen3-8B, Qwen3-4B, Qwen3-0.6B. Accepted are: slipway-tiny, glm-4-9b-chat, ")]
    [InlineData("""{"instance_type":"p5.48xlarge"}""", "Instance type p5.48xlarge is not supported for model Qwen3-8B on sagemaker_realtime; accepted: g5.2xlarge, g5.4xlarge, g5.8xlarge, g5.16xlarge, g4dn.2xlarge.")]
    [InlineData("""{"instance_type":"ML.G5.2XLARGE"}""", "Instance type ML.G5.2XLARGE is not supported for model Qwen3-8B")]
    [InlineData("""{"instance_type":"local"}""", "Instance type local is not supported for model Qwen3-8B on sagemaker_realtime; accepted: g5.2xlarge, ")]
    [InlineData("""{"service_type":"local"}""", "Instance type g5.2xlarge is not supported for model Qwen3-8B on local; accepted: local.")]
    [InlineData("""{"service_type":"ecs"}""", "Service type ecs is not available here: nothing is deployed to it. Accepted for model Qwen3-8B: sagemaker_realtime, sagemaker_async, local.")]
    [InlineData("""{"service_type":"ec2"}""", "Service type ec2 is not supported for model Qwen3-8B; accepted: sagemaker_realtime, sagemaker_async, local.")]
    [InlineData("""{"engine_type":"tgi"}""", "Engine type tgi is not supported for model Qwen3-8B on sagemaker_realtime; accepted: vllm.")]
    [InlineData("""{"engine_type":"transformers"}""", "Engine type transformers is not supported for model Qwen3-8B on sagemaker_realtime; accepted: vllm.")]
    [InlineData("""{"engine_type":"slipway"}""", "Engine type slipway has no ready container for sagemaker_realtime; accepted for model Qwen3-8B: vllm.")]
    [InlineData("""{"model_id":"Baichuan-M1-14B-Instruct","instance_type":"g5.12xlarge","engine_type":"transformers"}""", "Engine type transformers has no ready container for sagemaker_realtime; accepted for model Baichuan-M1-14B-Instruct: vllm.")]
    [InlineData("""{"model_id":"llama-3.3-70b-instruct-awq","instance_type":"g5.12xlarge","engine_type":"tgi"}""", "Engine type tgi has no ready container for sagemaker_realtime; accepted for model llama-3.3-70b-instruct-awq: none.")]
    [InlineData("""{"model_id":"slipway-tiny"}""", "Service type sagemaker is not supported for model slipway-tiny; accepted: local.")]
    [InlineData("""{"framework_type":"rails"}""", "Framework type rails is not supported; accepted: fastapi, flask, django.")]
    [InlineData("""{"region":"../us"}""", "'../us' is no region of AWS; accepted is a name such as us-east-1")]
    [InlineData("""{"region":"us-east-1.evil.example/"}""", "'us-east-1.evil.example/' is no region of AWS")]
    [InlineData("""{"model_stack_name":"1st"}""", "'1st' is no stack name; accepted are 1 to 128 letters, digits and '-'")]
    [InlineData("""{"model_stack_name":"a;rm -rf /"}""", "'a;rm -rf /' is no stack name")]
    public void What_cannot_be_is_refused_with_what_would_be_accepted(string changes, string refusal)
    {
        var (order, model, why) = DeployCheck.Of(Request(With(Qwen, changes)), Known);

        Assert.StartsWith(refusal, why, StringComparison.Ordinal);
        Assert.Null(order);
        Assert.Null(model);
    }

    [Theory]
    [InlineData("dev", true)]
    [InlineData("d", true)]
    [InlineData("2026-11-21_b", true)]
    [InlineData("", false)]
    [InlineData("Dev", false)]
    [InlineData("-dev", false)]
    [InlineData("dev-", false)]
    [InlineData("dev_", false)]
    [InlineData("a/b", false)]
    [InlineData("../a", false)]
    [InlineData("dev\\n", false)]
    [InlineData("测试", false)]
    [InlineData("a.b", false)]
    public void A_tag_is_short_and_plain(string tag, bool isAccepted)
    {
        var (_, _, refusal) = DeployCheck.Of(Request(With(Tiny, $$"""{"model_tag":"{{tag}}"}""")), Known);

        Assert.Equal(isAccepted, refusal.Length == 0);
        Assert.True(isAccepted || refusal.Contains("is no model tag; accepted are 1 to 63 lower-case letters, digits, '-' and '_'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void A_tag_has_at_most_63_letters(int length, bool isAccepted) => Assert.Equal(isAccepted, DeployCheck.IsTag(new string('a', length)));
}
