using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Aws;
using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Features.Deployer.SageMaker;
using Slipway.Server.Tests.Aws.StandIn;
using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Deployer.SageMaker;

/// <summary>How deployments fail, and what is said of it.</summary>
public sealed class SageMakerFailureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ROLLBACK", "RollingBack")]
    [InlineData("DELETE", "Deleting")]
    [InlineData("DO_NOTHING", null)]
    public async Task A_container_that_does_not_answer_fails_in_its_own_words_and_destroying_clears_it_away(string onFailure, string? between)
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(8));
        server.Account.Script.FailsToMake(ResourceTypes.Endpoint, StandInReasons.PingHealthCheck, after: TimeSpan.FromMinutes(2));

        await server.DeployAsync(SageMakerServer.Request($"\"env_stack_on_failure\":\"{onFailure}\""));
        var (status, seen) = await server.UntilAsync("Failed");
        await server.DestroyAsync();
        await server.UntilGoneAsync();

        Assert.Contains("did not pass the ping health check", Reason(status), StringComparison.Ordinal);
        Assert.Contains("/aws/sagemaker/Endpoints/EMD-Model-qwen3-8b-endpoint", Reason(status), StringComparison.Ordinal);
        Assert.Equal(["Creating (Infrastructure)", "Creating (Endpoint)", .. between is null ? Array.Empty<string>() : [between], "Failed"], seen);
        Assert.Equal([ResourceTypes.Role], server.Account.Left.Select(resource => resource.Type.Type));
    }

    [Fact]
    public async Task Too_little_capacity_and_too_low_a_limit_come_with_what_to_do()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(30));
        server.Account.Script.FailsToMake(ResourceTypes.Endpoint, StandInReasons.InsufficientCapacity, times: 1);

        await server.DeployAsync(SageMakerServer.Request());
        var (capacity, _) = await server.UntilAsync("Failed");
        server.Account.Script.InstanceLimits["ml.g5.2xlarge"] = 0;
        await server.DeployAsync(SageMakerServer.Request("\"model_tag\":\"two\""));
        var (limit, _) = await server.UntilAsync("Failed", tag: "two");

        Assert.Contains("InsufficientInstanceCapacity", Reason(capacity), StringComparison.Ordinal);
        Assert.Contains("another instance type or region", Reason(capacity), StringComparison.Ordinal);
        Assert.Contains("'ml.g5.2xlarge for endpoint usage' is 0 Instances", Reason(limit), StringComparison.Ordinal);
        Assert.Contains("Service Quotas", Reason(limit), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ROLLBACK")]
    [InlineData("DELETE")]
    [InlineData("DO_NOTHING")]
    public async Task An_environment_that_cannot_be_made_fails_the_deployment_and_is_made_anew_for_the_next(string onFailure)
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(10));
        server.Account.Script.FailsToMake(ResourceTypes.Role, "User is not authorized to perform: iam:CreateRole", times: 1);

        await server.DeployAsync(SageMakerServer.Request($"\"env_stack_on_failure\":\"{onFailure}\""));
        var (failed, _) = await server.UntilAsync("Failed");
        await server.DestroyAsync();
        await server.UntilGoneAsync();
        await server.DeployAsync(SageMakerServer.Request());
        await server.UntilAsync("InService");

        Assert.Contains("iam:CreateRole", Reason(failed), StringComparison.Ordinal);
        Assert.Contains("EMD-Env", Reason(failed), StringComparison.Ordinal);
        Assert.Single(server.Account.Left, resource => resource.Type.Type == ResourceTypes.Role);
    }

    [Fact]
    public async Task A_forced_update_that_fails_is_told_and_the_environment_stays_what_it_was()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(10), settings: "--Deployer:SageMaker:AsyncOutput=s3://our-answers");
        await OldEnvironmentAsync(server);
        server.Account.Script.FailsToChange(ResourceTypes.Role, "Not authorized to perform iam:PutRolePolicy", times: 1);

        await server.DeployAsync(SageMakerServer.Request("\"force_env_stack_update\":true"));
        var (failed, _) = await server.UntilAsync("Failed");
        await server.DestroyAsync();
        await server.UntilGoneAsync();
        await server.DeployAsync(SageMakerServer.Request("\"force_env_stack_update\":true"));
        await server.UntilAsync("InService");

        Assert.Contains("iam:PutRolePolicy", Reason(failed), StringComparison.Ordinal);
        Assert.Contains("s3:PutObject", server.Account.Left.Single(resource => resource.Type.Type == ResourceTypes.Role).Properties.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_environment_that_may_not_write_answers_is_refused_until_it_is_updated()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(30), settings: "--Deployer:SageMaker:AsyncOutput=s3://our-answers");
        await OldEnvironmentAsync(server);

        await server.DeployAsync(SageMakerServer.Request(service: "sagemaker_async"));
        var (failed, _) = await server.UntilAsync("Failed");
        await server.DestroyAsync();
        await server.UntilGoneAsync();
        await server.DeployAsync(SageMakerServer.Request("\"force_env_stack_update\":true", "sagemaker_async"));
        await server.UntilAsync("InService");

        Assert.Contains("no place in S3, not to s3://our-answers", Reason(failed), StringComparison.Ordinal);
        Assert.Contains("force_env_stack_update", Reason(failed), StringComparison.Ordinal);
        Assert.Contains("s3:PutObject", server.Account.Left.First(resource => resource.Type.Type == ResourceTypes.Role).Properties.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stacks_of_others_are_left_alone()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(10));
        await ForeignStackAsync(server, "EMD-Env");

        await server.DeployAsync(SageMakerServer.Request());
        var (failed, _) = await server.UntilAsync("Failed");
        await server.DestroyAsync();
        await server.UntilGoneAsync();

        Assert.Contains("another program's", Reason(failed), StringComparison.Ordinal);
        Assert.DoesNotContain("DeleteStack", server.Aws.Control.Actions);
        Assert.DoesNotContain("UpdateStack", server.Aws.Control.Actions);
    }

    [Fact]
    public async Task A_name_that_was_given_and_is_taken_is_refused_and_its_stack_not_deleted()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(10));
        await ForeignStackAsync(server, "our-stack");

        await server.DeployAsync(SageMakerServer.Request("\"model_stack_name\":\"our-stack\""));
        var (failed, _) = await server.UntilAsync("Failed");
        await server.DestroyAsync();
        await server.UntilGoneAsync();

        Assert.Contains("our-stack", Reason(failed), StringComparison.Ordinal);
        Assert.DoesNotContain("DeleteStack", server.Aws.Control.Actions);
    }

    [Fact]
    public async Task What_happens_outside_is_noticed()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(10));
        await server.DeployAsync(SageMakerServer.Request());
        await server.UntilAsync("InService");

        server.Account.SetEndpoint(SageMakerServer.Endpoint, "SystemUpdating");
        await server.UntilAsync("Updating");
        server.Account.SetEndpoint(SageMakerServer.Endpoint, "RollingBack");
        await server.UntilAsync("RollingBack");
        server.Account.SetEndpoint(SageMakerServer.Endpoint, "UpdateRollbackFailed", "Capacity went away.");
        var (mixed, _) = await server.UntilAsync("InService");
        server.Account.SetEndpoint(SageMakerServer.Endpoint, "OutOfService");
        var (idle, _) = await server.UntilAsync("Failed");
        server.Account.SetEndpoint(SageMakerServer.Endpoint, "InService");
        var (well, _) = await server.UntilAsync("InService");
        server.Account.DeleteEndpointOutside(SageMakerServer.Endpoint);
        var (gone, _) = await server.UntilAsync("Failed");
        await server.DestroyAsync();
        await server.UntilGoneAsync();

        Assert.Contains("Capacity went away.", Reason(mixed), StringComparison.Ordinal);
        Assert.Contains("OutOfService", Reason(idle), StringComparison.Ordinal);
        Assert.Null(Reason(well));
        Assert.Contains("deleted by somebody else", Reason(gone), StringComparison.Ordinal);
        Assert.Equal([ResourceTypes.Role], server.Account.Left.Select(resource => resource.Type.Type));
    }

    [Theory]
    [InlineData(0, "InService", null)]
    [InlineData(1, "InService", null)]
    [InlineData(2, "Failed", "Update refused by a test")]
    public async Task An_update_by_somebody_else_is_followed_and_its_undoing_too(int failures, string end, string? reason)
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(2));
        await server.DeployAsync(SageMakerServer.Request());
        await server.UntilAsync("InService");
        server.Account.Script.FailsToChange(ResourceTypes.Endpoint, "Update refused by a test", times: failures);

        await UpdateAsync(server);
        await server.UntilAsync("Updating");
        var (status, seen) = await server.UntilAsync(end);
        await server.DestroyAsync();
        await server.UntilGoneAsync();

        Assert.Equal(reason, Reason(status));
        Assert.Equal(failures > 0, seen.Contains("RollingBack"));
        Assert.Equal([ResourceTypes.Role], server.Account.Left.Select(resource => resource.Type.Type));
    }

    [Fact]
    public async Task A_rollback_that_gets_stuck_tells_why_it_began()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(5));
        server.Account.Script.FailsToMake(ResourceTypes.Endpoint, StandInReasons.InsufficientCapacity, times: 1);
        server.Account.Script.FailsToDelete(ResourceTypes.Config, "Deletion refused by a test", times: 1);

        await server.DeployAsync(SageMakerServer.Request());
        var (status, _) = await server.UntilAsync("Failed");
        var stack = server.Account.Stacks.Single(one => one.Name == SageMakerServer.Stack).Status;
        await server.DestroyAsync();
        await server.UntilGoneAsync();

        Assert.Equal("ROLLBACK_FAILED", stack);
        Assert.Contains("InsufficientInstanceCapacity", Reason(status), StringComparison.Ordinal);
        Assert.Equal([ResourceTypes.Role], server.Account.Left.Select(resource => resource.Type.Type));
    }

    [Fact]
    public async Task A_stack_that_somebody_deletes_is_missed()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(10));
        await server.DeployAsync(SageMakerServer.Request());
        await server.UntilAsync("InService");

        await StacksOf(server).DeleteStackAsync(SageMakerServer.Stack, null, null, Token);
        var (failed, seen) = await server.UntilAsync("Failed");
        await server.DestroyAsync();
        await server.UntilGoneAsync();

        Assert.Equal(["Creating (Infrastructure)", "Creating (Endpoint)", "InService", "Deleting", "Failed"], seen);
        Assert.Contains("somebody else", Reason(failed), StringComparison.Ordinal);
        Assert.Equal(4, server.Account.Made.Count);
    }

    [Fact]
    public async Task What_cannot_be_deleted_is_told_and_tried_again_until_it_can()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(5));
        server.Account.Script.FailsToMake(ResourceTypes.Endpoint, StandInReasons.InsufficientCapacity, times: 1);
        server.Account.Script.FailsToDelete(ResourceTypes.Config, "Rate exceeded for DeleteEndpointConfig");
        await server.DeployAsync(SageMakerServer.Request("\"env_stack_on_failure\":\"DO_NOTHING\""));
        await server.UntilAsync("Failed");

        await server.DestroyAsync();
        await Patience.UntilAsync(
            () => Task.FromResult(server.Aws.Control.Actions.Count(action => action == "DeleteStack") >= 4), () => "It was not tried again.");
        var (stuck, _) = await server.UntilAsync("Failed");
        server.Account.Script.LetsGo();
        await server.UntilGoneAsync();

        Assert.Equal("It could not be deleted, and is tried again: Rate exceeded for DeleteEndpointConfig", Reason(stuck));
        Assert.Equal([ResourceTypes.Role], server.Account.Left.Select(resource => resource.Type.Type));
    }

    [Fact]
    public async Task A_key_that_may_do_nothing_is_told_at_once_and_without_its_account()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(5));
        server.Aws.Keys.Clear();

        await server.DeployAsync(SageMakerServer.Request());
        var (failed, _) = await server.UntilAsync("Failed");
        await server.DestroyAsync();
        await server.UntilGoneAsync();

        Assert.Contains("CloudFormation refused", Reason(failed), StringComparison.Ordinal);
        Assert.DoesNotContain(StandInAccount.Id, Reason(failed), StringComparison.Ordinal);
    }

    private static string? Reason(JsonElement status) => status.GetProperty("failure_reason").GetString();

    private static CloudFormationClient StacksOf(SageMakerServer server) =>
        server.Services.GetRequiredService<CloudFormationClient>();

    /// <summary>An environment of an older version: with less in it.</summary>
    private static async Task OldEnvironmentAsync(SageMakerServer server)
    {
        await StacksOf(server).CreateStackAsync(new StackOrder
        {
            StackName = "EMD-Env",
            TemplateBody = EnvironmentTemplate.Of(null),
            ClientRequestToken = "older",
            Capabilities = ["CAPABILITY_IAM"],
            Tags = new Dictionary<string, string> { ["slipway"] = "environment" },
        }, Token);
        server.Account.Settle();
    }

    /// <summary>The deployment's own template, with a configuration of another name.</summary>
    private static async Task UpdateAsync(SageMakerServer server)
    {
        var stack = server.Account.Stacks.Single(one => one.Name == SageMakerServer.Stack);
        var order = SageMakerServer.Order();
        var planner = server.Services.GetRequiredService<EndpointPlanner>();
        var plan = planner.Of(order, ModelCatalog.AtStart.Find(order.ModelId)!).Plan!;
        var template = JsonNode.Parse(ModelTemplate.Of(plan, SageMakerServer.Stack))!;
        template["Resources"]!["EndpointConfig"]!["Properties"]!["EndpointConfigName"] = "another-config";
        await StacksOf(server).UpdateStackAsync(new StackOrder
        {
            StackName = SageMakerServer.Stack,
            TemplateBody = template.ToJsonString(),
            ClientRequestToken = "outside",
            Parameters = stack.Wish.Parameters,
            Tags = stack.Wish.Tags,
        }, Token);
    }

    private static async Task ForeignStackAsync(SageMakerServer server, string name)
    {
        await StacksOf(server).CreateStackAsync(StackTemplates.Order() with { StackName = name, ClientRequestToken = "foreign" }, Token);
        server.Account.Settle();
    }
}
