using Slipway.Server.Aws;
using Slipway.Server.Tests.Aws.StandIn;

namespace Slipway.Server.Tests.Aws;

public sealed class SageMakerClientTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_endpoint_that_is_not_there_is_null()
    {
        await using var bench = await AwsBench.StartAsync();

        Assert.Null(await bench.Endpoints.DescribeEndpointAsync("none", null, Cancellation));
    }

    [Fact]
    public async Task An_endpoint_is_seen_from_its_beginning_until_it_serves()
    {
        await using var bench = await AwsBench.StartAsync();
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Advance(TimeSpan.FromMinutes(1));

        var early = await bench.Endpoints.DescribeEndpointAsync(StackTemplates.Endpoint, null, Cancellation);
        bench.StandIn.Account.Settle();
        var late = await bench.Endpoints.DescribeEndpointAsync(StackTemplates.Endpoint, null, Cancellation);

        Assert.Equal("Creating", early!.Status);
        Assert.Equal(new SageMakerVariant("AllTraffic", 0, 1, "Creating"), early.Variants.Single());
        Assert.Equal("InService", late!.Status);
        Assert.Equal(new SageMakerVariant("AllTraffic", 1, 1, null), late.Variants.Single());
        Assert.Equal(early.CreatedAt, late.CreatedAt);
        Assert.Equal(TimeSpan.FromMinutes(5), late.ModifiedAt - late.CreatedAt);
    }

    [Fact]
    public async Task A_failed_endpoint_says_why()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Account.Script.FailsToMake(ResourceTypes.Endpoint, StandInReasons.PingHealthCheck);
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(onFailure: "DO_NOTHING"), Cancellation);
        bench.StandIn.Account.Settle();

        var endpoint = await bench.Endpoints.DescribeEndpointAsync(StackTemplates.Endpoint, null, Cancellation);

        Assert.Equal(("Failed", StandInReasons.PingHealthCheck), (endpoint!.Status, endpoint.FailureReason));
    }

    [Fact]
    public async Task Words_about_an_endpoint_lose_what_names_the_account()
    {
        await using var bench = await AwsBench.StartAsync();
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        bench.StandIn.Account.Settle();
        bench.StandIn.Account.SetEndpoint(StackTemplates.Endpoint, "Failed", $"Role arn:aws:iam::{StandInAccount.Id}:role/R is gone.");

        var endpoint = await bench.Endpoints.DescribeEndpointAsync(StackTemplates.Endpoint, null, Cancellation);

        Assert.Equal("Role (removed) is gone.", endpoint!.FailureReason);
    }

    [Fact]
    public async Task Endpoints_come_over_several_pages_by_name()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Account.Script.PageSize = 2;
        foreach (var name in new[] { "b", "a", "c", "x" })
        {
            var template = StackTemplates.With(root => root["Resources"]!["Endpoint"]!["Properties"]!["EndpointName"] = name == "x" ? "other" : $"emd-{name}");
            await bench.Stacks.CreateStackAsync(StackTemplates.Order(template, name, token: name), Cancellation);
        }
        bench.StandIn.Account.Settle();

        var endpoints = await bench.Endpoints.ListEndpointsAsync("emd-", null, Cancellation);

        Assert.Equal(["emd-a", "emd-b", "emd-c"], endpoints.Select(endpoint => endpoint.Name));
    }

    [Fact]
    public async Task A_name_that_can_be_none_is_refused_by_SageMaker()
    {
        await using var bench = await AwsBench.StartAsync();

        var error = await Assert.ThrowsAsync<AwsException>(() => bench.Endpoints.DescribeEndpointAsync(new string('a', 64), null, Cancellation));

        Assert.Equal("ValidationException", error.Code);
    }

    [Fact]
    public async Task An_endpoint_of_a_stack_is_called_where_it_serves()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Endpoints["*"] = StandInContainers.Answers("{}");
        await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
        var call = new EndpointInvocation { EndpointName = StackTemplates.Endpoint, Body = "{}"u8.ToArray() };

        var early = await Assert.ThrowsAsync<AwsException>(() => bench.Runtime.InvokeEndpointAsync(call, 1 << 10, Cancellation));
        bench.StandIn.Account.Settle();
        var answer = await bench.Runtime.InvokeEndpointAsync(call, 1 << 10, Cancellation);

        Assert.Equal("ValidationError", early.Code);
        Assert.Equal("{}"u8.ToArray(), answer);
    }
}
