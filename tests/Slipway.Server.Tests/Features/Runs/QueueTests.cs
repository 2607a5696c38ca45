using Slipway.Client.Runs;
using Slipway.Server.Features.Runs.Queue;

namespace Slipway.Server.Tests.Features.Runs;

public sealed class QueueTests
{
    private const string Gated = """while [ ! -f "open-$GATE" ]; do sleep 0.05; done; echo "gpus: $CUDA_VISIBLE_DEVICES" """;

    [Fact]
    public void Gpus_are_given_out_in_turn_and_each_once()
    {
        var plan = new QueuePlan([0, 1, 2, 3], mostWithoutGpu: 1);

        var (places, reasons) = plan.Decide([new("a", 1, false), new("b", 2, false), new("c", 1, false)], [new("old", [1])]);

        Assert.Equal([("a", "0"), ("b", "2,3")], places.Select(place => (place.Id, string.Join(',', place.GpuIds))));
        Assert.Equal("1 of 4 GPUs; 0 free", reasons["c"]);
    }

    [Fact]
    public void Nobody_overtakes_one_that_waits_for_the_same()
    {
        var plan = new QueuePlan([0, 1], mostWithoutGpu: 1);

        var (places, reasons) = plan.Decide([new("large", 2, false), new("small", 1, false), new("small2", 1, false)], [new("old", [1])]);

        Assert.Empty(places);
        Assert.Equal(
            ["2 of 2 GPUs; 1 free", "1 of 2 GPUs; 1 free, one run is before it", "1 of 2 GPUs; 1 free, 2 runs are before it"],
            [reasons["large"], reasons["small"], reasons["small2"]]);
    }

    [Fact]
    public void What_can_never_start_here_keeps_nobody_waiting()
    {
        var plan = new QueuePlan([0], mostWithoutGpu: 1);

        var (places, reasons) = plan.Decide([new("huge", 4, false), new("small", 1, false)], []);

        Assert.Equal("small", Assert.Single(places).Id);
        Assert.Equal("4 GPUs, but this machine has 1 to give", reasons["huge"]);
    }

    [Fact]
    public void Runs_without_gpus_and_those_that_leave_the_machine_wait_for_no_gpu()
    {
        var plan = new QueuePlan([0], mostWithoutGpu: 1);

        var (places, reasons) = plan.Decide(
            [new("gpu", 1, false), new("cpu", 0, false), new("cpu2", 0, false), new("away", 8, true)], [new("old", [0])]);

        Assert.Equal(["cpu", "away"], places.Select(place => place.Id));
        Assert.Equal(["gpu", "cpu2"], reasons.Keys);
        Assert.Equal("one of 1 places for runs without a GPU to become free", reasons["cpu2"]);
    }

    [Fact]
    public void The_reasons_of_a_long_queue_do_not_all_change_with_each_end()
    {
        var plan = new QueuePlan([0], mostWithoutGpu: 1);

        var (_, reasons) = plan.Decide([.. Enumerable.Range(0, 1000).Select(number => new Applicant($"{number}", 1, false))], [new("old", [0])]);

        Assert.Equal((1000, 22), (reasons.Count, reasons.Values.Distinct().Count()));
    }

    [Fact]
    public async Task Two_gpus_are_held_by_two_runs_and_the_third_says_what_it_waits_for()
    {
        await using var server = await TrainingServer.StartAsync(Gated, "--Training:Gpus=2");
        var first = await server.StartRunAsync(new { gpus = 1, env = new { GATE = "1" } });
        var second = await server.StartRunAsync(new { gpus = 1, env = new { GATE = "2" } });
        await server.RunningAsync(first.Id);
        await server.RunningAsync(second.Id);

        var third = await server.StartRunAsync(new { gpus = 2, env = new { GATE = "3" } });
        var waiting = await server.UntilAsync(third.Id, run => run.WaitingFor is not null);
        server.Open("open-1");
        server.Open("open-3");
        var half = await server.UntilAsync(third.Id, run => run.WaitingFor == "2 of 2 GPUs; 1 free");
        server.Open("open-2");
        var ended = await server.EndOfAsync(third.Id);

        Assert.Equal((RunStatuses.Queued, "2 of 2 GPUs; 0 free"), (waiting.Status, waiting.WaitingFor));
        Assert.Equal(RunStatuses.Queued, half.Status);
        Assert.Equal((RunStatuses.Succeeded, 2), (ended.Status, ended.GpuIds.Count));
        Assert.Equal(["gpus: 0,1"], await server.OutputAsync(third.Id));
        Assert.Equal(["gpus: 0"], await server.OutputAsync(first.Id));
    }

    [Fact]
    public async Task The_higher_priority_goes_first_and_within_one_who_came_first()
    {
        await using var server = await TrainingServer.StartAsync(Gated, "--Training:Gpus=1");
        var holder = await server.StartRunAsync(new { gpus = 1, env = new { GATE = "1" } });
        await server.RunningAsync(holder.Id);
        List<RunDetail> runs = [];
        foreach (var priority in new[] { 0, -5, 0, 7 })
        {
            runs.Add(await server.StartRunAsync(new { gpus = 1, priority, env = new { GATE = "1" } }));
        }

        server.Open("open-1");
        var ended = new List<RunDetail>();
        foreach (var run in runs)
        {
            ended.Add(await server.EndOfAsync(run.Id));
        }

        Assert.Equal([7, 0, 0, -5], ended.OrderBy(run => run.StartedAt).Select(run => run.Priority));
        Assert.True(ended[0].StartedAt < ended[2].StartedAt);
    }

    [Fact]
    public async Task A_queued_run_that_is_cancelled_never_starts()
    {
        await using var server = await TrainingServer.StartAsync(Gated, "--Training:Gpus=1");
        var holder = await server.StartRunAsync(new { gpus = 1, env = new { GATE = "1" } });
        await server.RunningAsync(holder.Id);
        var queued = await server.StartRunAsync(new { gpus = 1, env = new { GATE = "1" } });

        var cancelled = await server.SendAsync(HttpMethod.Post, $"/runs/{queued.Id}/cancel");
        var again = await server.SendAsync(HttpMethod.Post, $"/runs/{queued.Id}/cancel");
        server.Open("open-1");
        await server.EndOfAsync(holder.Id);

        Assert.Equal((200, 409), (cancelled.Status, again.Status));
        Assert.Equal(RunStatuses.Cancelled, (await server.GetAsync(queued.Id)).Status);
        Assert.Null((await server.GetAsync(queued.Id)).StartedAt);
        Assert.False(Directory.Exists(server.Runs.AttemptOf(queued.Id, 1)));
    }

    [Theory]
    [InlineData(3, 400)]
    [InlineData(-1, 422)]
    [InlineData(1025, 422)]
    public async Task More_gpus_than_there_are_cannot_be_asked_for(int gpus, int expected)
    {
        await using var server = await TrainingServer.StartAsync("true", "--Training:Gpus=2");

        var answer = await server.SendAsync(HttpMethod.Post, "/projects/demo/runs", new { gpus });

        Assert.Equal(expected, answer.Status);
    }
}
