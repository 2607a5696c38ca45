using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Server.Aws;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>Templates and orders that the tests of the stand-in begin with.</summary>
internal static class StackTemplates
{
    public const string Endpoint = "EMD-Model-qwen3-8b-endpoint";

    private const string Text = """
        {
          "AWSTemplateFormatVersion": "2010-09-09",
          "Parameters": {"ModelId": {"Type": "String"}, "InstanceType": {"Type": "String", "Default": "ml.g5.2xlarge"}},
          "Resources": {
            "Endpoint": {
              "Type": "AWS::SageMaker::Endpoint",
              "Properties": {
                "EndpointName": "EMD-Model-qwen3-8b-endpoint",
                "EndpointConfigName": {"Fn::GetAtt": ["EndpointConfig", "EndpointConfigName"]},
                "Tags": [{"Key": "model", "Value": {"Ref": "ModelId"}}]
              }
            },
            "EndpointConfig": {
              "Type": "AWS::SageMaker::EndpointConfig",
              "Properties": {
                "ProductionVariants": [
                  {"VariantName": "AllTraffic", "ModelName": {"Fn::GetAtt": ["Model", "ModelName"]}, "InitialInstanceCount": 1,
                   "InstanceType": {"Ref": "InstanceType"}, "ContainerStartupHealthCheckTimeoutInSeconds": 1800}
                ]
              }
            },
            "Model": {
              "Type": "AWS::SageMaker::Model",
              "Properties": {
                "ExecutionRoleArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/SlipwayExecution"},
                "PrimaryContainer": {
                  "Image": {"Fn::Sub": "763104351884.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/vllm:0.15.1"},
                  "Environment": {"SM_VLLM_MODEL": "Qwen/Qwen3-8B", "SM_VLLM_SERVED_MODEL_NAME": {"Ref": "ModelId"}}
                }
              }
            }
          },
          "Outputs": {
            "Model": {"Value": {"Ref": "ModelId"}},
            "SageMakerEndpointName": {"Value": {"Fn::GetAtt": ["Endpoint", "EndpointName"]}}
          }
        }
        """;

    /// <summary>Model, configuration and endpoint, in the wrong order.</summary>
    public static string Model { get; } = Text;

    /// <summary>A role that SageMaker may assume.</summary>
    public static string Role { get; } = """
        {"Resources": {"Execution": {"Type": "AWS::IAM::Role", "Properties": {
          "RoleName": "SlipwayMade",
          "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]}}}},
         "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Execution", "Arn"]}}}}
        """;

    /// <summary><see cref="Model"/> after a change.</summary>
    public static string With(Action<JsonObject> change)
    {
        var template = JsonNode.Parse(Text)!.AsObject();
        change(template);
        return template.ToJsonString(JsonSerializerOptions.Web);
    }

    /// <summary><see cref="Model"/> with a scaling target and a policy beside the endpoint.</summary>
    public static string Scaled(bool waitsForEndpoint = true) => With(template =>
    {
        var resources = template["Resources"]!.AsObject();
        resources["Target"] = JsonNode.Parse("""
            {"Type": "AWS::ApplicationAutoScaling::ScalableTarget", "Properties": {
              "MinCapacity": 1, "MaxCapacity": 3, "ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
              "ResourceId": "endpoint/EMD-Model-qwen3-8b-endpoint/variant/AllTraffic"}}
            """);
        resources["Policy"] = JsonNode.Parse("""
            {"Type": "AWS::ApplicationAutoScaling::ScalingPolicy", "Properties": {
              "PolicyName": "PerInstance", "PolicyType": "TargetTrackingScaling", "ScalingTargetId": {"Ref": "Target"},
              "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 10, "ScaleInCooldown": 600,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}}}}
            """);
        if (waitsForEndpoint)
        {
            resources["Target"]!["DependsOn"] = "Endpoint";
        }
    });

    public static StackOrder Order(string? template = null, string name = "EMD-Model-qwen3-8b", string? onFailure = null, string token = "t-1") => new()
    {
        StackName = name,
        TemplateBody = template ?? Model,
        ClientRequestToken = token,
        Parameters = template is not null && !template.Contains("ModelId", StringComparison.Ordinal)
            ? new Dictionary<string, string>()
            : new Dictionary<string, string> { ["ModelId"] = "Qwen3-8B" },
        Tags = new Dictionary<string, string> { ["slipway:model"] = "Qwen3-8B/dev" },
        OnFailure = onFailure,
    };
}
