using Slipway.Server.Aws;
using Slipway.Server.Tests.Aws.StandIn;

namespace Slipway.Server.Tests.Aws;

public sealed class AwsControlPlaneTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_refused_for_its_rate_is_tried_again()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Account.Script.ThrottleEvery = 2;

        foreach (var number in Enumerable.Range(1, 4))
        {
            await bench.Stacks.CreateStackAsync(StackTemplates.Order(name: $"S-{number}", token: $"t-{number}"), Cancellation);
            await bench.Endpoints.DescribeEndpointAsync("none", null, Cancellation);
        }

        Assert.Equal(4, bench.StandIn.Account.Stacks.Count);
        Assert.True(bench.StandIn.Control.Actions.Count > 8);
    }

    [Fact]
    public async Task A_short_outage_is_not_noticed()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Account.Script.Outage = 3;

        Assert.Empty(await bench.Stacks.DescribeStacksAsync(null, Cancellation));
    }

    [Fact]
    public async Task A_long_outage_is_an_error_after_a_few_tries()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Account.Script.Outage = 100;

        var error = await Assert.ThrowsAsync<AwsException>(() => bench.Stacks.DescribeStacksAsync(null, Cancellation));

        Assert.Equal(("ServiceUnavailable", 503), (error.Code, error.Status));
        Assert.Equal(4, bench.StandIn.Control.Actions.Count);
    }

    [Fact]
    public async Task A_refusal_that_will_stay_one_is_not_tried_again()
    {
        await using var bench = await AwsBench.StartAsync();

        await Assert.ThrowsAsync<AwsException>(() => bench.Stacks.CreateStackAsync(StackTemplates.Order("{"), Cancellation));

        Assert.Single(bench.StandIn.Control.Actions);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lost_answer_does_not_make_a_second_stack(bool isDone)
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Control.Hook = call => Task.FromResult(call.Number > 1 || call.IsDone != isDone);

        var id = await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);

        Assert.Equal(id, Assert.Single(bench.StandIn.Account.Stacks).Id);
        Assert.Equal(["CreateStack", "CreateStack"], bench.StandIn.Control.Actions);
    }

    [Fact]
    public async Task Silence_is_an_error_in_the_end()
    {
        await using var bench = await AwsBench.StartAsync(settings: new() { ["Aws:CallTimeout"] = "00:00:02", ["Aws:Attempts"] = "2" });
        var end = new TaskCompletionSource<bool>();
        bench.StandIn.Control.Hook = _ => end.Task;

        var error = await Assert.ThrowsAsync<AwsException>(() => bench.Stacks.DescribeStackAsync("s", null, Cancellation));
        end.SetResult(false);

        Assert.Equal(AwsErrorCodes.CallTimeout, error.Code);
        Assert.Equal(2, bench.StandIn.Control.Actions.Count);
    }

    [Fact]
    public async Task Whoever_stops_waiting_is_let_go_at_once()
    {
        await using var bench = await AwsBench.StartAsync();
        using var stop = new CancellationTokenSource();
        var end = new TaskCompletionSource<bool>();
        bench.StandIn.Control.Hook = async _ =>
        {
            await stop.CancelAsync();
            return await end.Task;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.Stacks.DescribeStackAsync("s", null, stop.Token));
        end.SetResult(false);
    }

    [Fact]
    public async Task Pages_that_go_round_in_circles_come_to_an_end()
    {
        var pages = 0;

        var error = await Assert.ThrowsAsync<AwsException>(() => AwsPages.ReadAsync(AwsService.SageMaker, 1000, _ =>
        {
            pages++;
            return Task.FromResult(new AwsPage<int>([], "again"));
        }));

        Assert.Equal(AwsErrorCodes.BrokenAnswer, error.Code);
        Assert.Equal(200, pages);
    }
}
