using Slipway.Server.Aws;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>That a test can cut a caller off wherever it likes, and see what is left.</summary>
public sealed class StandInControlTests
{
    private const string Name = "EMD-Model-qwen3-8b";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_caller_cut_off_at_any_call_can_begin_again()
    {
        var calls = await CallsOfAsync(cutAt: 0, isDone: false);
        Assert.InRange(calls, 6, 30);

        foreach (var cutAt in Enumerable.Range(1, calls))
        {
            Assert.InRange(await CallsOfAsync(cutAt, isDone: false), calls, calls + 3);
            Assert.InRange(await CallsOfAsync(cutAt, isDone: true), calls - 3, calls + 3);
        }
    }

    [Fact]
    public async Task A_call_with_something_unknown_in_it_is_refused()
    {
        var form = new StandInForm("Action=DescribeStacks&Version=2010-05-15&Stack=x"u8.ToArray());
        await using var standIn = await AwsStandIn.StartAsync();

        var fault = Assert.Throws<StandInFault>(() => new CloudFormationStandIn(standIn.Account).Answer(form.Needed("Action"), form));

        Assert.Equal("Unexpected parameters: Stack", fault.Message);
    }

    /// <summary>Makes a stack and deletes it, over one cut; checks that nothing is made twice and nothing left.</summary>
    private static async Task<int> CallsOfAsync(int cutAt, bool isDone)
    {
        await using var bench = await AwsBench.StartAsync(settings: new() { ["Aws:Attempts"] = "1" });
        bench.StandIn.Account.Script.PerCall = TimeSpan.FromMinutes(1);
        bench.StandIn.Control.Hook = call => Task.FromResult(call.Number != cutAt || call.IsDone != isDone);
        var wasComplete = false;
        while (!await IsOverAsync())
        {
        }
        Assert.Single(bench.StandIn.Account.Stacks);
        Assert.Equal(3, bench.StandIn.Account.Made.Count);
        Assert.Empty(bench.StandIn.Account.Left);
        return bench.StandIn.Control.Actions.Count;

        async Task<bool> IsOverAsync()
        {
            try
            {
                var stack = await bench.Stacks.DescribeStackAsync(Name, null, Cancellation);
                wasComplete |= stack?.Status == "CREATE_COMPLETE";
                if (stack is null && !wasComplete)
                {
                    await bench.Stacks.CreateStackAsync(StackTemplates.Order(), Cancellation);
                }
                else if (stack is { Status: "CREATE_COMPLETE" })
                {
                    await bench.Stacks.DeleteStackAsync(Name, null, "d-1", Cancellation);
                }
                return stack is null && wasComplete;
            }
            catch (AwsException exception) when (exception.Code == AwsErrorCodes.Unreachable)
            {
                return false;
            }
        }
    }
}
