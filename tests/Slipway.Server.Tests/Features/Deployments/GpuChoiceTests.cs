using Slipway.Server.Features.Deployments.Placement;
using Slipway.Server.Platform.Devices;

namespace Slipway.Server.Tests.Features.Deployments;

public sealed class GpuChoiceTests
{
    private const long GiB = 1L << 30;

    private readonly GpuPromises _promises = new(TimeProvider.System);

    [Fact]
    public void A_run_that_comes_between_the_choice_and_the_promise_is_refused()
    {
        var choice = new GpuChoice(new OneGpu(), _promises);
        var isGiven = true;
        using var isAnswered = new ManualResetEventSlim();
        var run = new Thread(() =>
        {
            isGiven = TryPromiseRun();
            isAnswered.Set();
        });

        // Room is looked for before the claim is: the run asks in between, and waits if it has to.
        var (gpus, _, refusal) = choice.Take("server", 1, _ =>
        {
            run.Start();
            isAnswered.Wait(TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken);
            return GiB;
        }, preferred: null);
        run.Join();

        Assert.Null(refusal);
        Assert.Equal([0], gpus);
        Assert.False(isGiven);
        Assert.Equal("server", Assert.Single(_promises.On(0)).Holder);
    }

    [Fact]
    public void A_run_gets_a_gpu_that_only_runs_hold_a_part_of()
    {
        _promises.Promise("run 1", [0], long.MaxValue);
        var beside = TryPromiseRun();
        _promises.Promise("server", [0], GiB);
        var besideServer = TryPromiseRun();

        Assert.Equal((true, false), (beside, besideServer));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Who_needs_nothing_waits_for_nobody(long claim, bool isPlaced)
    {
        _promises.Promise("run 1", [0], long.MaxValue);

        var (gpus, _, refusal) = new GpuChoice(new OneGpu(), _promises).Take("server", 1, _ => claim, preferred: null);

        Assert.Equal((isPlaced ? 1 : 0, isPlaced), (gpus.Count, refusal is null));
    }

    private bool TryPromiseRun() => _promises.TryPromise("run 2", [0], long.MaxValue, holder => holder.StartsWith("run ", StringComparison.Ordinal));

    private sealed class OneGpu : IGpuProbe
    {
        public GpuSighting Look() => new([new Gpu(0, "played", "GPU-0", 24 * GiB, 24 * GiB)], null, CudaPresent: true);
    }
}
