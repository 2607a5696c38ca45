using System.Text.Json.Nodes;

namespace Slipway.Server.Features.Deployer.SageMaker;

/// <summary>
/// The template of one deployment's stack: a model, the configuration of an endpoint, the endpoint, and its scaling where it has any. No
/// role and no bucket, so that who deploys needs no right over either. Parameters and outputs have EMD's names.
/// </summary>
internal static class ModelTemplate
{
    public const string Variant = "AllTraffic";
    public const string EndpointOutput = "SageMakerEndpointName";
    public const string HubTokenParameter = "HuggingFaceToken";

    /// <summary>JSON, at most 51,200 bytes: its longest part, the container's variables, has 32 KiB.</summary>
    public static string Of(EndpointPlan plan, string stack)
    {
        var resources = new JsonObject
        {
            ["Model"] = Resource("AWS::SageMaker::Model", Model(plan, stack)),
            ["EndpointConfig"] = Resource("AWS::SageMaker::EndpointConfig", Config(plan, stack)),
            ["Endpoint"] = Resource("AWS::SageMaker::Endpoint", new JsonObject
            {
                ["EndpointName"] = StackNames.EndpointOf(stack),
                ["EndpointConfigName"] = Attribute("EndpointConfig", "EndpointConfigName"),
            }),
        };
        ScalingTemplate.AddTo(resources, plan, StackNames.EndpointOf(stack));
        return new JsonObject
        {
            ["AWSTemplateFormatVersion"] = "2010-09-09",
            ["Description"] = $"{plan.Order.ModelId}/{plan.Order.ModelTag}, deployed by Slipway",
            ["Parameters"] = Declared(plan),
            ["Resources"] = resources,
            ["Outputs"] = new JsonObject
            {
                ["Model"] = new JsonObject { ["Value"] = $"{plan.Order.ModelId}/{plan.Order.ModelTag}" },
                [EndpointOutput] = new JsonObject { ["Value"] = Attribute("Endpoint", "EndpointName") },
            },
        }.ToJsonString();
    }

    /// <summary>The values of its parameters.</summary>
    public static Dictionary<string, string> ParametersOf(EndpointPlan plan, string role)
    {
        var values = new Dictionary<string, string>
        {
            ["ModelId"] = plan.Order.ModelId,
            ["ModelTag"] = plan.Order.ModelTag,
            ["InstanceType"] = plan.InstanceType,
            ["EngineType"] = plan.Order.EngineType,
            ["ServiceType"] = plan.Order.ServiceType,
            ["FrameWorkType"] = plan.Order.FrameworkType,
            ["Region"] = plan.Region,
            ["ImageUri"] = plan.Image,
            ["ExecutionRoleArn"] = role,
        };
        if (plan.HubToken is { } token)
        {
            values[HubTokenParameter] = token;
        }
        return values;
    }

    public static JsonObject Resource(string type, JsonObject properties) => new() { ["Type"] = type, ["Properties"] = properties };

    public static JsonObject Ref(string name) => new() { ["Ref"] = name };

    public static JsonObject Attribute(string resource, string name) => new() { ["Fn::GetAtt"] = new JsonArray(resource, name) };

    private static JsonObject Declared(EndpointPlan plan)
    {
        var declared = new JsonObject();
        foreach (var name in ParametersOf(plan, "").Keys)
        {
            declared[name] = name == HubTokenParameter
                ? new JsonObject { ["Type"] = "String", ["NoEcho"] = true }
                : new JsonObject { ["Type"] = "String" };
        }
        return declared;
    }

    private static JsonObject Model(EndpointPlan plan, string stack)
    {
        var variables = new JsonObject();
        foreach (var (name, value) in plan.Variables)
        {
            variables[name] = value;
        }
        if (plan.HubToken is not null)
        {
            variables["HF_TOKEN"] = Ref(HubTokenParameter);
        }
        var container = new JsonObject { ["Image"] = Ref("ImageUri"), ["Environment"] = variables };
        if (plan.Params.WeightsUri is { } weights)
        {
            container["ModelDataSource"] = new JsonObject
            {
                ["S3DataSource"] = new JsonObject { ["S3Uri"] = weights, ["S3DataType"] = "S3Prefix", ["CompressionType"] = "None" },
            };
        }
        return new JsonObject
        {
            ["ModelName"] = StackNames.ModelOf(stack),
            ["ExecutionRoleArn"] = Ref("ExecutionRoleArn"),
            ["PrimaryContainer"] = container,
        };
    }

    private static JsonObject Config(EndpointPlan plan, string stack)
    {
        var seconds = (int)plan.StartupTimeout.TotalSeconds;
        var config = new JsonObject
        {
            ["EndpointConfigName"] = StackNames.ConfigOf(stack),
            ["ProductionVariants"] = new JsonArray(new JsonObject
            {
                ["VariantName"] = Variant,
                ["ModelName"] = Attribute("Model", "ModelName"),
                ["InitialInstanceCount"] = Math.Max(plan.Params.MinCapacity, 1),
                ["InitialVariantWeight"] = 1,
                ["InstanceType"] = Ref("InstanceType"),
                ["InferenceAmiVersion"] = plan.HostImage,
                ["ModelDataDownloadTimeoutInSeconds"] = seconds,
                ["ContainerStartupHealthCheckTimeoutInSeconds"] = seconds,
            }),
        };
        if (plan.AsyncOutput is { } output)
        {
            config["AsyncInferenceConfig"] = new JsonObject
            {
                ["ClientConfig"] = new JsonObject { ["MaxConcurrentInvocationsPerInstance"] = plan.Params.Concurrency },
                ["OutputConfig"] = new JsonObject { ["S3OutputPath"] = output },
            };
        }
        return config;
    }
}
