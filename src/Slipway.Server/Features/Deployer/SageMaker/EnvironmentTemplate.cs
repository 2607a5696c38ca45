using System.Text.Json.Nodes;

namespace Slipway.Server.Features.Deployer.SageMaker;

/// <summary>The template of a region's environment stack: the role that endpoints run as, and nothing that costs anything.</summary>
internal static class EnvironmentTemplate
{
    public const string RoleOutput = "ExecutionRoleArn";

    /// <summary>Where asynchronous endpoints may write; missing where they may not.</summary>
    public const string WritesOutput = "AsyncOutput";

    /// <param name="asyncOutput">Where asynchronous endpoints may write, <c>s3://bucket/…</c>; null: nowhere.</param>
    public static string Of(string? asyncOutput) => new JsonObject
    {
        ["AWSTemplateFormatVersion"] = "2010-09-09",
        ["Description"] = "What Slipway's model endpoints in this region share",
        ["Resources"] = new JsonObject
        {
            ["ExecutionRole"] = ModelTemplate.Resource("AWS::IAM::Role", new JsonObject
            {
                ["Description"] = "Slipway's model endpoints run as this role",
                ["AssumeRolePolicyDocument"] = Document(new JsonObject
                {
                    ["Effect"] = "Allow",
                    ["Principal"] = new JsonObject { ["Service"] = "sagemaker.amazonaws.com" },
                    ["Action"] = "sts:AssumeRole",
                }),
                ["Policies"] = new JsonArray(new JsonObject { ["PolicyName"] = "ModelEndpoints", ["PolicyDocument"] = Rights(asyncOutput) }),
            }),
        },
        ["Outputs"] = Outputs(asyncOutput),
    }.ToJsonString();

    private static JsonObject Outputs(string? asyncOutput)
    {
        var outputs = new JsonObject { [RoleOutput] = new JsonObject { ["Value"] = ModelTemplate.Attribute("ExecutionRole", "Arn") } };
        if (asyncOutput is not null)
        {
            outputs[WritesOutput] = new JsonObject { ["Value"] = asyncOutput };
        }
        return outputs;
    }

    private static JsonObject Rights(string? asyncOutput)
    {
        List<JsonObject> statements =
        [
            Allow(["ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], "*"),
            Allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", "cloudwatch:PutMetricData"], "*"),
            // Weights may be in any bucket of the account's choice; whose they are, their bucket's policy says.
            Allow(["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"], "*"),
        ];
        if (asyncOutput is not null)
        {
            statements.Add(Allow(["s3:PutObject"], new JsonObject
            {
                ["Fn::Sub"] = $"arn:${{AWS::Partition}}:s3:::{asyncOutput["s3://".Length..].TrimEnd('/')}/*",
            }));
        }
        return Document([.. statements]);
    }

    private static JsonObject Document(params JsonObject[] statements) => new() { ["Version"] = "2012-10-17", ["Statement"] = new JsonArray([.. statements]) };

    private static JsonObject Allow(string[] actions, JsonNode resource) => new()
    {
        ["Effect"] = "Allow",
        ["Action"] = new JsonArray([.. actions.Select(action => (JsonNode)action)]),
        ["Resource"] = resource,
    };
}
