using Slipway.Server.Features.Runs.Queue;

namespace Slipway.Server.Tests.Features.Runs.Queue;

public sealed class QueuePlanTests
{
    [Fact]
    public void A_start_changes_the_reasons_of_the_next_hundred_only()
    {
        var plan = new QueuePlan([], mostWithoutGpu: 1);
        List<Applicant> queue = [.. Enumerable.Range(0, 1000).Select(number => new Applicant($"run {number}", Gpus: 0, LeavesMachine: false))];

        var before = plan.Decide(queue, []).Reasons;
        var after = plan.Decide(queue[1..], []).Reasons;

        Assert.Equal(["run 1"], before.Keys.Except(after.Keys));
        Assert.InRange(after.Count(reason => before[reason.Key] != reason.Value), 90, 110);
    }
}
