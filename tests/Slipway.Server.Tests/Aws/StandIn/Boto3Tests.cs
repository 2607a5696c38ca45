using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Server.Tests.Clients;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>
/// That the stand-in is not our imagination: AWS's own library drives it, and checks every answer against AWS's own service models.
/// </summary>
public sealed class Boto3Tests
{
    private const string Python = "/usr/bin/python3";

    [Fact]
    public async Task The_library_of_AWS_takes_the_stand_in_for_AWS()
    {
        CheckInstalled();
        await using var standIn = await AwsStandIn.StartAsync();
        standIn.Account.Script.PerCall = TimeSpan.FromSeconds(20);
        standIn.Account.Script.PageSize = 4;

        var (exitCode, output, errors) = await NodeProgram.RunToEndAsync(
            Python, [Path.Combine(NodeProgram.Folder, "stacks.py"), standIn.Url], Environment(standIn));

        Assert.True(exitCode == 0, errors);
        var seen = JsonNode.Parse(output)!;
        var id = seen["id"]!.ToString();
        Assert.Matches($@"\Aarn:aws:cloudformation:us-east-1:{StandInAccount.Id}:stack/EMD-Model-qwen3-8b/[0-9a-f-]{{36}}\z", id);
        Assert.True(JsonNode.DeepEquals(Expected(id), seen), output);
        Assert.Empty(standIn.Account.Left);
        Assert.Equal(4, standIn.Account.Made.Count);
    }

    private static JsonNode Expected(string id) => JsonNode.Parse($$"""
        {
          "id": "{{id}}",
          "taken": "AlreadyExistsException: Stack [EMD-Model-qwen3-8b] already exists",
          "early": "CREATE_IN_PROGRESS",
          "stack": ["CREATE_COMPLETE",
            [{"OutputKey": "Model", "OutputValue": "Qwen3-8B"}, {"OutputKey": "SageMakerEndpointName", "OutputValue": "EMD-Model-qwen3-8b-endpoint"}],
            [{"Key": "slipway", "Value": "1"}], false],
          "events": ["CREATE_COMPLETE", "CREATE_COMPLETE", "CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE", "CREATE_IN_PROGRESS",
            "CREATE_IN_PROGRESS", "CREATE_COMPLETE", "CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS"],
          "resources": ["AWS::SageMaker::Endpoint", "AWS::SageMaker::EndpointConfig", "AWS::SageMaker::Model"],
          "endpoint": ["InService", 1],
          "listed": ["EMD-Model-qwen3-8b-endpoint"],
          "unchanged": "ValidationError: No updates are to be performed.",
          "unknown": "ValidationError: Parameters: [X] do not exist in the template",
          "gone": "ValidationError: Stack with id EMD-Model-qwen3-8b does not exist",
          "deleted": "DELETE_COMPLETE",
          "endpoint gone": "ValidationException: Could not find endpoint \"arn:aws:sagemaker:us-east-1:{{StandInAccount.Id}}:endpoint/emd-model-qwen3-8b-endpoint\".",
          "wrong key": "SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
          "checked": ["CreateStack", "DeleteStack", "DescribeEndpoint", "DescribeStackEvents", "DescribeStackResources", "DescribeStacks", "ListEndpoints",
            "UpdateStack"]
        }
        """)!;

    private static Dictionary<string, string> Environment(AwsStandIn standIn) => new()
    {
        ["AWS_ACCESS_KEY_ID"] = AwsStandIn.Key.Id,
        ["AWS_SECRET_ACCESS_KEY"] = AwsStandIn.Key.Secret,
        ["AWS_DEFAULT_REGION"] = standIn.SignedRegion,
        ["AWS_EC2_METADATA_DISABLED"] = "true",
        ["AWS_CONFIG_FILE"] = "/dev/null",
        ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
        ["TEMPLATE"] = StackTemplates.Model,
    };

    private static void CheckInstalled()
    {
        Requirement.Check(File.Exists(Python) && HasLibrary(), "boto3 is not installed: apt-get install python3-boto3.");
    }

    private static bool HasLibrary()
    {
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", "import boto3"]) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
