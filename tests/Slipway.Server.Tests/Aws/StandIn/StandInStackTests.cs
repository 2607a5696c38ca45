using Slipway.Server.Aws;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>That stacks of the stand-in live and die as CloudFormation's do.</summary>
public sealed class StandInStackTests
{
    private const string Name = "EMD-Model-qwen3-8b";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Resources_are_made_after_those_they_need_and_deleted_before_them()
    {
        await using var bench = await AwsBench.StartAsync();
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(StackTemplates.Scaled()), Cancellation);
        bench.StandIn.Account.Settle();
        var made = bench.StandIn.Account.Made.ToList();
        await bench.Stacks.DeleteStackAsync(Name, null, null, Cancellation);
        bench.StandIn.Account.Settle();

        string[] order = [ResourceTypes.Model, ResourceTypes.Config, ResourceTypes.Endpoint, ResourceTypes.Target, ResourceTypes.Policy];
        Assert.Equal(order, made.Select(resource => resource.Type.Type));
        Assert.Equal(order.Reverse(), made.OrderBy(resource => resource.GoneAt).Select(resource => resource.Type.Type));
        Assert.Empty(bench.StandIn.Account.Left);
    }

    [Theory]
    [InlineData(null, "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", 0)]
    [InlineData("ROLLBACK", "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", 0)]
    [InlineData("DELETE", "DELETE_IN_PROGRESS", "DELETE_COMPLETE", 0)]
    [InlineData("DO_NOTHING", "CREATE_FAILED", "CREATE_FAILED", 3)]
    public async Task After_a_failure_comes_what_was_ordered(string? onFailure, string next, string last, int left)
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Account.Script.FailsToMake(ResourceTypes.Endpoint, StandInReasons.PingHealthCheck);
        var id = await bench.Stacks.CreateStackAsync(StackTemplates.Order(onFailure: onFailure), Cancellation);
        bench.StandIn.Account.Settle();

        var events = (await bench.Stacks.DescribeStackEventsAsync(id, null, 100, Cancellation)).Reverse().ToList();

        var failure = events.FindIndex(happening => happening.Status == "CREATE_FAILED");
        Assert.Equal(("Endpoint", StandInReasons.PingHealthCheck), (events[failure].LogicalId, events[failure].Reason));
        Assert.Equal(next, events[failure + 1].Status);
        Assert.StartsWith("The following resource(s) failed to create: [Endpoint].", events[failure + 1].Reason, StringComparison.Ordinal);
        Assert.Equal(last, (await bench.Stacks.DescribeStackAsync(id, null, Cancellation))!.Status);
        Assert.Equal(left, bench.StandIn.Account.Left.Count);
    }

    [Fact]
    public async Task Without_capacity_the_endpoint_fails_late()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Account.Script.FailsToMake(ResourceTypes.Endpoint, StandInReasons.InsufficientCapacity, after: TimeSpan.FromMinutes(20));
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Advance(TimeSpan.FromMinutes(19));

        var before = await bench.Endpoints.DescribeEndpointAsync(StackTemplates.Endpoint, null, Cancellation);
        bench.StandIn.Account.Settle();

        Assert.Equal("Creating", before!.Status);
        Assert.Equal(StandInReasons.InsufficientCapacity, await FirstFailureAsync(bench));
    }

    [Fact]
    public async Task Beyond_the_limit_of_an_instance_type_no_endpoint_is_made()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Account.Script.InstanceLimits["ml.g5.2xlarge"] = 0;
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Settle();

        Assert.StartsWith("The account-level service limit 'ml.g5.2xlarge for endpoint usage' is 0 Instances", await FirstFailureAsync(bench), StringComparison.Ordinal);
        Assert.DoesNotContain(bench.StandIn.Account.Made, made => made.Type.Type == ResourceTypes.Endpoint);
    }

    [Fact]
    public async Task A_role_that_is_not_there_cannot_be_assumed()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Account.Script.Roles.Clear();
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Settle();

        Assert.StartsWith("Could not assume role (removed)", await FirstFailureAsync(bench), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_of_another_stack_can_be_assumed()
    {
        await using var bench = await AwsBench.StartAsync();
        var environment = StackTemplates.Order(StackTemplates.Role, "EMD-Env", token: "e-1") with { Capabilities = ["CAPABILITY_NAMED_IAM"] };
        await bench.Stacks.CreateStackAsync(environment, Cancellation);
        bench.StandIn.Account.Settle();
        var role = (await bench.Stacks.DescribeStackAsync("EMD-Env", null, Cancellation))!.Outputs["RoleArn"];
        var template = StackTemplates.With(root => root["Resources"]!["Model"]!["Properties"]!["ExecutionRoleArn"] = role);

        await bench.Stacks.CreateStackAsync(StackTemplates.Order(template), Cancellation);
        bench.StandIn.Account.Settle();

        Assert.Equal("CREATE_COMPLETE", (await bench.Stacks.DescribeStackAsync(Name, null, Cancellation))!.Status);
    }

    [Fact]
    public async Task A_rollback_may_fail_and_leave_things_behind()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Account.Script.FailsToMake(ResourceTypes.Endpoint, StandInReasons.PingHealthCheck);
        bench.StandIn.Account.Script.FailsToDelete(ResourceTypes.Endpoint, "Access denied.", times: 1);
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Settle();

        var stack = await bench.Stacks.DescribeStackAsync(Name, null, Cancellation);

        Assert.Equal(("ROLLBACK_FAILED", "The following resource(s) failed to delete: [Endpoint]."), (stack!.Status, stack.StatusReason));
        Assert.Equal(3, bench.StandIn.Account.Left.Count);
    }

    [Fact]
    public async Task A_deletion_that_failed_may_be_repeated()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Account.Script.FailsToDelete(ResourceTypes.Config, "It is in use.", times: 1);
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Settle();
        await bench.Stacks.DeleteStackAsync(Name, null, "d-1", Cancellation);
        bench.StandIn.Account.Settle();

        var first = await bench.Stacks.DescribeStackAsync(Name, null, Cancellation);
        var left = bench.StandIn.Account.Left.Count;
        await bench.Stacks.DeleteStackAsync(Name, null, "d-2", Cancellation);
        bench.StandIn.Account.Settle();

        Assert.Equal(("DELETE_FAILED", 2), (first!.Status, left));
        Assert.Null(await bench.Stacks.DescribeStackAsync(Name, null, Cancellation));
        Assert.Empty(bench.StandIn.Account.Left);
    }

    [Fact]
    public async Task An_endpoint_deleted_outside_leaves_a_complete_stack_that_can_be_deleted()
    {
        await using var bench = await AwsBench.StartAsync();
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Settle();
        bench.StandIn.Account.DeleteEndpointOutside(StackTemplates.Endpoint);

        var stack = await bench.Stacks.DescribeStackAsync(Name, null, Cancellation);
        var endpoint = await bench.Endpoints.DescribeEndpointAsync(StackTemplates.Endpoint, null, Cancellation);
        await bench.Stacks.DeleteStackAsync(Name, null, null, Cancellation);
        bench.StandIn.Account.Settle();

        Assert.Equal("CREATE_COMPLETE", stack!.Status);
        Assert.Null(endpoint);
        Assert.Empty(bench.StandIn.Account.Left);
    }

    [Fact]
    public async Task A_stack_can_be_deleted_while_it_is_being_made()
    {
        await using var bench = await AwsBench.StartAsync();
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Advance(TimeSpan.FromMinutes(2));
        await bench.Stacks.DeleteStackAsync(Name, null, "d-1", Cancellation);
        bench.StandIn.Account.Settle();

        Assert.Null(await bench.Stacks.DescribeStackAsync(Name, null, Cancellation));
        Assert.Equal(3, bench.StandIn.Account.Made.Count);
        Assert.Empty(bench.StandIn.Account.Left);
    }

    [Fact]
    public async Task What_was_being_made_beside_a_failure_is_cancelled()
    {
        await using var bench = await AwsBench.StartAsync();
        var template = StackTemplates.With(root =>
        {
            var second = root["Resources"]!["Endpoint"]!.DeepClone();
            second["Properties"]!["EndpointName"] = "second";
            root["Resources"]!["Second"] = second;
        });
        bench.StandIn.Account.Script.FailsToMake(ResourceTypes.Endpoint, StandInReasons.PingHealthCheck, times: 1, after: TimeSpan.FromMinutes(1));
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(template), Cancellation);
        bench.StandIn.Account.Settle();

        var failures = (await bench.Stacks.DescribeStackEventsAsync(Name, null, 100, Cancellation)).Where(happening => happening.Status == "CREATE_FAILED");

        Assert.Equal(["Resource creation cancelled", StandInReasons.PingHealthCheck], failures.Select(failure => failure.Reason));
    }

    [Fact]
    public async Task A_stack_that_takes_too_long_is_rolled_back()
    {
        await using var bench = await AwsBench.StartAsync();
        await bench.Stacks.CreateStackAsync(StackTemplates.Order() with { TimeoutInMinutes = 2 }, Cancellation);
        bench.StandIn.Account.Settle();

        Assert.Equal("ROLLBACK_COMPLETE", (await bench.Stacks.DescribeStackAsync(Name, null, Cancellation))!.Status);
        Assert.Empty(bench.StandIn.Account.Left);
    }

    [Fact]
    public async Task A_shell_that_a_rollback_left_cannot_be_updated()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Account.Script.FailsToMake(ResourceTypes.Model, "No.", after: TimeSpan.Zero);
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Settle();

        var error = await Assert.ThrowsAsync<AwsException>(() => bench.Stacks.UpdateStackAsync(StackTemplates.Order(token: "u"), Cancellation));

        Assert.Contains("is in ROLLBACK_COMPLETE state and can not be updated", Encoding(error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_protected_stack_is_not_deleted()
    {
        await using var bench = await AwsBench.StartAsync();
        await bench.Stacks.CreateStackAsync(StackTemplates.Order() with { EnableTerminationProtection = true }, Cancellation);

        var error = await Assert.ThrowsAsync<AwsException>(() => bench.Stacks.DeleteStackAsync(Name, null, null, Cancellation));

        Assert.Equal($"Stack [{Name}] cannot be deleted while TerminationProtection is enabled", error.Reason);
    }

    [Fact]
    public async Task A_name_that_exists_already_fails_the_second_stack()
    {
        await using var bench = await AwsBench.StartAsync();
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Settle();
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(name: "Another", token: "t-2"), Cancellation);
        bench.StandIn.Account.Settle();

        Assert.StartsWith("Cannot create already existing endpoint", await FirstFailureAsync(bench, "Another"), StringComparison.Ordinal);
        Assert.Equal(3, bench.StandIn.Account.Left.Count);
    }

    [Theory]
    [InlineData("EndpointName", "a.b", "#/EndpointName: string [a.b] does not match pattern")]
    [InlineData("Speed", "fast", "#: extraneous key [Speed] is not permitted")]
    public async Task A_property_that_breaks_a_rule_fails_its_resource(string property, string value, string fault)
    {
        await using var bench = await AwsBench.StartAsync();
        var template = StackTemplates.With(root => root["Resources"]!["Endpoint"]!["Properties"]![property] = value);
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(template), Cancellation);
        bench.StandIn.Account.Settle();

        Assert.Contains(fault, await FirstFailureAsync(bench), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scaling_an_endpoint_that_does_not_serve_yet_fails()
    {
        await using var bench = await AwsBench.StartAsync();
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(StackTemplates.Scaled(waitsForEndpoint: false)), Cancellation);
        bench.StandIn.Account.Settle();

        Assert.StartsWith("Could not find a variant in service", await FirstFailureAsync(bench), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_replaces_what_cannot_be_changed_and_cleans_up()
    {
        await using var bench = await AwsBench.StartAsync();
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Settle();
        await bench.Stacks.UpdateStackAsync(Bigger("u-1"), Cancellation);
        bench.StandIn.Account.Advance(TimeSpan.FromSeconds(30));

        var during = await bench.Endpoints.DescribeEndpointAsync(StackTemplates.Endpoint, null, Cancellation);
        bench.StandIn.Account.Settle();

        Assert.Equal("Updating", during!.Status);
        Assert.Equal("UPDATE_COMPLETE", (await bench.Stacks.DescribeStackAsync(Name, null, Cancellation))!.Status);
        Assert.Equal(3, bench.StandIn.Account.Left.Count);
        Assert.Equal(4, bench.StandIn.Account.Made.Count);
    }

    [Fact]
    public async Task An_update_that_fails_is_taken_back()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Account.Script.FailsToChange(ResourceTypes.Endpoint, StandInReasons.PingHealthCheck, times: 1);
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Settle();
        var before = bench.StandIn.Account.Left;
        await bench.Stacks.UpdateStackAsync(Bigger("u-1"), Cancellation);
        bench.StandIn.Account.Settle();

        var stack = await bench.Stacks.DescribeStackAsync(Name, null, Cancellation);

        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", stack!.Status);
        Assert.Equal("ml.g5.2xlarge", stack.Parameters["InstanceType"]);
        Assert.Equal(before, bench.StandIn.Account.Left);
    }

    [Fact]
    public async Task Taking_an_update_back_may_fail_too()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Account.Script.FailsToChange(ResourceTypes.Endpoint, StandInReasons.PingHealthCheck);
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Settle();
        await bench.Stacks.UpdateStackAsync(Bigger("u-1"), Cancellation);
        bench.StandIn.Account.Settle();

        Assert.Equal("UPDATE_ROLLBACK_FAILED", (await bench.Stacks.DescribeStackAsync(Name, null, Cancellation))!.Status);
    }

    private static StackOrder Bigger(string token) => StackTemplates.Order(token: token) with
    {
        Parameters = new Dictionary<string, string> { ["ModelId"] = "Qwen3-8B", ["InstanceType"] = "ml.g5.12xlarge" },
    };

    private static async Task<string?> FirstFailureAsync(AwsBench bench, string name = Name) =>
        (await bench.Stacks.DescribeStackEventsAsync(name, null, 100, Cancellation)).Last(happening => happening.Status == "CREATE_FAILED").Reason;

    /// <summary>The words as they came: the stack's id in them is blotted out elsewhere.</summary>
    private static string Encoding(AwsException error) => System.Text.Encoding.UTF8.GetString(error.Answer.Span);
}
