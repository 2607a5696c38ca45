using System.Text;
using Slipway.Server.Aws;
using Slipway.Server.Tests.Aws.StandIn;

namespace Slipway.Server.Tests.Aws;

public sealed class CloudFormationClientTests
{
    private const string Name = "EMD-Model-qwen3-8b";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_complete_stack_tells_its_parameters_outputs_and_tags()
    {
        await using var bench = await AwsBench.StartAsync();
        var id = await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Settle();

        var stack = await bench.Stacks.DescribeStackAsync(Name, null, Cancellation);

        Assert.Equal((id, Name, "CREATE_COMPLETE"), (stack!.StackId, stack.StackName, stack.Status));
        Assert.Equal("Qwen3-8B", stack.Parameters["ModelId"]);
        Assert.Equal("ml.g5.2xlarge", stack.Parameters["InstanceType"]);
        Assert.Equal(StackTemplates.Endpoint, stack.Outputs["SageMakerEndpointName"]);
        Assert.Equal("Qwen3-8B/dev", stack.Tags["slipway:model"]);
        Assert.InRange((bench.StandIn.Account.Now - stack.CreatedAt).TotalMinutes, 5, 10);
    }

    [Fact]
    public async Task Events_come_newest_first_and_no_more_than_asked_for()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Account.Script.PageSize = 4;
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Settle();

        var all = await bench.Stacks.DescribeStackEventsAsync(Name, null, 500, Cancellation);
        var some = await bench.Stacks.DescribeStackEventsAsync(Name, null, 6, Cancellation);

        Assert.Equal(11, all.Count);
        Assert.Equal(all.Take(6), some);
        Assert.Equal(("CREATE_COMPLETE", "AWS::CloudFormation::Stack"), (all[0].Status, all[0].ResourceType));
        Assert.Equal(("CREATE_IN_PROGRESS", "User Initiated"), (all[^1].Status, all[^1].Reason));
        Assert.Equal(all.OrderByDescending(happening => happening.At).Select(happening => happening.At), all.Select(happening => happening.At));
    }

    [Fact]
    public async Task Resources_are_named_as_in_the_template_and_as_AWS_calls_them()
    {
        await using var bench = await AwsBench.StartAsync();
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Settle();

        var resources = await bench.Stacks.DescribeStackResourcesAsync(Name, null, Cancellation);

        Assert.Equal(["Endpoint", "EndpointConfig", "Model"], resources.Select(resource => resource.LogicalId).Order());
        Assert.EndsWith($":endpoint/{StackTemplates.Endpoint}", resources.Single(resource => resource.LogicalId == "Endpoint").PhysicalId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_is_null_or_empty_and_may_be_deleted()
    {
        await using var bench = await AwsBench.StartAsync();

        await bench.Stacks.DeleteStackAsync("none", null, "d-1", Cancellation);

        Assert.Null(await bench.Stacks.DescribeStackAsync("none", null, Cancellation));
        Assert.Empty(await bench.Stacks.DescribeStackEventsAsync("none", null, 100, Cancellation));
        Assert.Empty(await bench.Stacks.DescribeStackResourcesAsync("none", null, Cancellation));
    }

    [Fact]
    public async Task An_update_of_what_is_not_there_says_so_without_the_account()
    {
        await using var bench = await AwsBench.StartAsync();
        var order = StackTemplates.Order(name: $"arn:aws:cloudformation:us-east-1:{StandInAccount.Id}:stack/gone/1");

        var error = await Assert.ThrowsAsync<AwsException>(() => bench.Stacks.UpdateStackAsync(order, Cancellation));

        Assert.Equal(CloudFormationErrors.Absent, error.Code);
        Assert.DoesNotContain(StandInAccount.Id, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_stack_is_found_by_its_id_alone()
    {
        await using var bench = await AwsBench.StartAsync();
        var id = await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        await bench.Stacks.DeleteStackAsync(Name, null, "d-1", Cancellation);
        bench.StandIn.Account.Settle();

        var byId = await bench.Stacks.DescribeStackAsync(id, null, Cancellation);

        Assert.Null(await bench.Stacks.DescribeStackAsync(Name, null, Cancellation));
        Assert.Equal("DELETE_COMPLETE", byId!.Status);
        Assert.NotNull(byId.DeletedAt);
        Assert.Empty(bench.StandIn.Account.Left);
    }

    [Fact]
    public async Task An_update_tells_whether_there_was_anything_to_do()
    {
        await using var bench = await AwsBench.StartAsync();
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Settle();
        var other = StackTemplates.Order(token: "u-2") with { Tags = new Dictionary<string, string> { ["slipway:model"] = "other" } };

        var same = await bench.Stacks.UpdateStackAsync(StackTemplates.Order(token: "u-1"), Cancellation);
        var changed = await bench.Stacks.UpdateStackAsync(other, Cancellation);

        Assert.False(same);
        Assert.True(changed);
    }

    [Fact]
    public async Task A_name_is_taken_once_but_the_same_call_may_come_twice()
    {
        await using var bench = await AwsBench.StartAsync();
        var id = await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);

        var again = await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        var error = await Assert.ThrowsAsync<AwsException>(() => bench.Stacks.CreateStackAsync(StackTemplates.Order(token: "t-2"), Cancellation));

        Assert.Equal(id, again);
        Assert.Equal(CloudFormationErrors.AlreadyExists, error.Code);
        Assert.Single(bench.StandIn.Account.Stacks);
    }

    [Fact]
    public async Task A_role_needs_the_capability_for_it()
    {
        await using var bench = await AwsBench.StartAsync();
        var order = StackTemplates.Order(StackTemplates.Role);

        var error = await Assert.ThrowsAsync<AwsException>(() => bench.Stacks.CreateStackAsync(order, Cancellation));
        await bench.Stacks.CreateStackAsync(order with { Capabilities = ["CAPABILITY_NAMED_IAM"] }, Cancellation);

        Assert.Equal(CloudFormationErrors.InsufficientCapabilities, error.Code);
        Assert.Equal("Requires capabilities : [CAPABILITY_NAMED_IAM]", error.Reason);
    }

    [Fact]
    public async Task All_stacks_come_over_several_pages()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Account.Script.PageSize = 2;
        foreach (var number in Enumerable.Range(1, 5))
        {
            await bench.Stacks.CreateStackAsync(StackTemplates.Order(name: $"S-{number}", token: $"t-{number}"), Cancellation);
        }

        var stacks = await bench.Stacks.DescribeStacksAsync(null, Cancellation);

        Assert.Equal(["S-1", "S-2", "S-3", "S-4", "S-5"], stacks.Select(stack => stack.StackName).Order());
    }

    [Fact]
    public async Task Every_character_of_a_template_arrives()
    {
        await using var bench = await AwsBench.StartAsync();
        const string Hard = "a+b&c=d%20 ü 你好 'quoted' \\ \u2028";
        var template = StackTemplates.With(root => root["Resources"]!["Model"]!["Properties"]!["PrimaryContainer"]!["Environment"]!["X"] = Hard);

        await bench.Stacks.CreateStackAsync(StackTemplates.Order(template), Cancellation);
        bench.StandIn.Account.Settle();

        Assert.Equal(Hard, bench.StandIn.Account.Made[0].Properties["PrimaryContainer"]!["Environment"]!["X"]!.ToString());
    }

    [Fact]
    public async Task China_has_its_own_names()
    {
        await using var bench = await AwsBench.StartAsync(region: "cn-northwest-1");

        var id = await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);

        Assert.StartsWith("arn:aws-cn:cloudformation:cn-northwest-1:", id, StringComparison.Ordinal);
        Assert.EndsWith(
            "cn-northwest-1.amazonaws.com.cn/vllm:0.15.1", bench.StandIn.Account.Made[0].Properties["PrimaryContainer"]!["Image"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_AWS_no_longer_takes_is_fetched_anew()
    {
        await using var bench = await AwsBench.StartAsync(new FixedCredentials(new StandInKey("AKIDOLD", "old"), AwsStandIn.Key));

        Assert.Empty(await bench.Stacks.DescribeStacksAsync(null, Cancellation));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("<DescribeStacksResponse>")]
    [InlineData("<DescribeStacksResponse/>")]
    [InlineData("<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><DescribeStacksResponse><DescribeStacksResult>&b;</DescribeStacksResult></DescribeStacksResponse>")]
    [InlineData("<!DOCTYPE a><DescribeStacksResponse><DescribeStacksResult/></DescribeStacksResponse>")]
    public void An_answer_that_is_none_is_an_error(string answer)
    {
        var error = Assert.Throws<AwsException>(() => CloudFormationReader.Result(Encoding.UTF8.GetBytes(answer), "DescribeStacks"));

        Assert.Equal(AwsErrorCodes.BrokenAnswer, error.Code);
    }

    [Fact]
    public void An_answer_without_bottom_is_an_error()
    {
        var deep = string.Concat(Enumerable.Repeat("<a>", 100_000)) + string.Concat(Enumerable.Repeat("</a>", 100_000));

        var error = Assert.Throws<AwsException>(() => CloudFormationReader.Result(Encoding.UTF8.GetBytes(deep), "DescribeStacks"));

        Assert.Equal(AwsErrorCodes.BrokenAnswer, error.Code);
    }

    [Theory]
    [InlineData("<ErrorResponse><Error><Code>ValidationError</Code><Message>No.</Message></Error></ErrorResponse>", "ValidationError", "No.")]
    [InlineData("\n<ErrorResponse xmlns=\"http://x/\"><Error><Code>Throttling</Code></Error></ErrorResponse>", "Throttling", "It gave no reason.")]
    [InlineData("<html><body>Bad Gateway</body></html>", null, "It gave no reason.")]
    [InlineData("<ErrorResponse", null, "It gave no reason.")]
    [InlineData("<!DOCTYPE x [<!ENTITY e 'y'>]><ErrorResponse><Error><Code>&e;</Code></Error></ErrorResponse>", null, "It gave no reason.")]
    public void A_refusal_in_XML_is_read(string answer, string? code, string message) =>
        Assert.Equal((code, message), AwsErrorReader.Parse(Encoding.UTF8.GetBytes(answer)));
}
