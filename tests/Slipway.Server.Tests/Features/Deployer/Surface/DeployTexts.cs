using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Client.Deployer;
using Slipway.Server.Features.Deployer.Surface;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Tests.Features.Deployer.Surface;

/// <summary>Requests to deploy as texts.</summary>
internal static class DeployTexts
{
    /// <summary>The four fields that must be there, for the bundled model on this machine.</summary>
    public const string Tiny = """{"model_id":"slipway-tiny","instance_type":"local","engine_type":"slipway","service_type":"local"}""";

    /// <summary>The four fields that must be there, for Amazon.</summary>
    public const string Qwen = """{"model_id":"Qwen3-8B","instance_type":"g5.2xlarge","engine_type":"vllm","service_type":"sagemaker"}""";

    /// <summary>Every field, as the API's own document shows a request.</summary>
    public const string Whole = """
        {"model_id":"Qwen3-8B","instance_type":"g5.2xlarge","engine_type":"vllm","service_type":"sagemaker","framework_type":"fastapi",
         "model_tag":"dev","region":"us-east-1","model_stack_name":"my-custom-stack","extra_params":{"max_tokens":2048,"temperature":0.7},
         "env_stack_on_failure":"ROLLBACK","force_env_stack_update":false}
        """;

    /// <summary><paramref name="request"/> with fields of <paramref name="changes"/> put over it; a null takes one away.</summary>
    public static string With(string request, string changes)
    {
        var body = JsonNode.Parse(request)!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(changes)!.AsObject())
        {
            body[name] = value?.DeepClone();
        }
        return body.ToJsonString();
    }

    public static (DeployRequest Request, IReadOnlyList<Fault> Faults) Read(string text)
    {
        using var document = JsonDocument.Parse(text);
        var faults = new FaultList();
        var request = DeployBody.Read(new BodyObject(document.RootElement, BodyPath.Body, faults));
        return (request, faults.All);
    }

    public static DeployRequest Request(string text)
    {
        var (request, faults) = Read(text);
        Assert.Empty(faults);
        return request;
    }
}
