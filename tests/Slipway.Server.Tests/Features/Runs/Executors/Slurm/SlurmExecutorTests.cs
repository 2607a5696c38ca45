using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Server.Features.Runs.Executors;
using Slipway.Server.Features.Runs.Executors.Slurm;

namespace Slipway.Server.Tests.Features.Runs.Executors.Slurm;

[Collection(SlurmWorld.Name)]
public sealed class SlurmExecutorTests(SlurmCluster cluster) : ExecutorSuite
{
    private readonly List<IDisposable> _made = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GPUs_are_asked_of_the_cluster()
    {
        var launch = Prepare("printf '%s' \"$CUDA_VISIBLE_DEVICES\"") with { Gpus = 2 };

        await RunAsync(launch);

        Assert.Equal("0,1", await File.ReadAllTextAsync(launch.OutputFile, Token));
    }

    [Fact]
    public async Task A_waiting_job_says_why()
    {
        var launch = Prepare("exit 0") with { Parameters = new Dictionary<string, string> { ["partition"] = "closed" } };
        var handle = await StartAsync(NewExecutor(), launch);

        var sighting = await NewExecutor().LookAsync(launch, handle, Token);
        await NewExecutor().StopAsync(launch, handle, force: false, Token);
        var end = await EndAsync(NewExecutor(), launch, handle);

        Assert.Equal((SightingKind.Waiting, handle), (sighting.Kind, sighting.ExternalId));
        Assert.StartsWith("PENDING (Partition", sighting.Words, StringComparison.Ordinal);
        Assert.Equal((SightingKind.Ended, null, true), (end.Kind, end.ExitCode, end.IsCancelled));
    }

    [Fact]
    public async Task A_job_that_somebody_else_cancels_is_told_from_one_that_fails()
    {
        var (launch, handle) = await StartLoopAsync();

        await cluster.RunAsync("scancel", handle);
        var end = await EndAsync(NewExecutor(), launch, handle);

        Assert.Equal((SightingKind.Ended, 143, true), (end.Kind, end.ExitCode, end.IsCancelled));
    }

    [Fact]
    public async Task A_job_goes_on_without_its_controller()
    {
        var launch = Prepare("echo ready; while [ ! -e \"$1/go\" ]; do sleep 0.1; done; exit 7", $"{Launch.FolderToken}/output");
        var handle = await StartAsync(NewExecutor(), launch);
        await PrintsAsync(launch, handle, "ready");

        await cluster.StopControllerAsync();
        var check = await NewExecutor().CheckAsync(Token);
        var during = await NewExecutor().LookAsync(launch, handle, Token);
        var other = Prepare("exit 0");
        var start = await Record.ExceptionAsync(() => NewExecutor().StartAsync(other, Token));
        await TellAsync(launch, handle, "output/go");
        await cluster.StartControllerAsync();
        var end = await EndAsync(NewExecutor(), launch, handle);

        Assert.NotNull(check);
        Assert.Equal(SightingKind.Unknown, during.Kind);
        Assert.Contains("Unable to contact slurm controller", during.Words, StringComparison.Ordinal);
        Assert.IsType<ExecutorUnreachableException>(start);
        Assert.Equal((SightingKind.Ended, 7), (end.Kind, end.ExitCode));
    }

    [Fact]
    public async Task A_job_that_the_controller_has_forgotten_still_has_its_exit_code()
    {
        var launch = Prepare("exit 42");
        var (handle, _) = await RunAsync(launch);

        await cluster.ForgetsAsync(handle);
        var end = await NewExecutor().LookAsync(launch, handle, Token);
        var again = await StartAsync(NewExecutor(), launch);

        Assert.Equal((SightingKind.Ended, 42), (end.Kind, end.ExitCode));
        Assert.Equal(handle, again);
    }

    [Fact]
    public async Task A_server_that_died_after_it_submitted_finds_the_job_by_its_name()
    {
        var (launch, handle) = await StartLoopAsync();
        File.Delete(Path.Combine(launch.Folder, "submission"));
        File.Delete(Path.Combine(launch.Folder, "job"));

        var again = await StartAsync(NewExecutor(), launch);
        await NewExecutor().StopAsync(launch, again, force: true, Token);
        await EndAsync(NewExecutor(), launch, handle);

        Assert.Equal(handle, again);
    }

    [Fact]
    public async Task What_a_server_that_died_was_submitting_is_waited_for()
    {
        var launch = Prepare("exit 0");
        var script = Path.Combine(launch.Folder, "job.sh");
        await File.WriteAllTextAsync(script, "", Token);
        using var submitting = System.Diagnostics.Process.Start("sh", ["-c", "sleep 60; :", "sbatch", script]);

        await Assert.ThrowsAsync<ExecutorUnreachableException>(() => NewExecutor().StartAsync(launch, Token));
        submitting.Kill(entireProcessTree: true);
        await submitting.WaitForExitAsync(Token);
        var (_, end) = await RunAsync(launch);

        Assert.Equal((SightingKind.Ended, 0), (end.Kind, end.ExitCode));
    }

    [Fact]
    public async Task A_job_that_was_requeued_keeps_its_id()
    {
        var launch = Prepare("echo ready; [ -e \"$1/again\" ] && exit 5; touch \"$1/again\"; while :; do sleep 0.1; done", $"{Launch.FolderToken}/output");
        var handle = await StartAsync(NewExecutor(), launch);
        await PrintsAsync(launch, handle, "ready");

        await cluster.RunAsync("scontrol", "update", $"jobid={handle}", "requeue=1");
        await cluster.RunAsync("scontrol", "requeue", handle);
        // Slurm waits two minutes before it starts a requeued job; an operator need not.
        await Patience.UntilAsync(
            async () => (await cluster.RunAsync("squeue", "-h", "-t", "all", "-j", handle, "-o", "%T")) == "PENDING", () => "Not requeued.");
        var waiting = await NewExecutor().LookAsync(launch, handle, Token);
        await cluster.RunAsync("scontrol", "update", $"jobid={handle}", "StartTime=now");
        var end = await EndAsync(NewExecutor(), launch, handle);

        Assert.Equal(SightingKind.Waiting, waiting.Kind);
        Assert.Equal((SightingKind.Ended, 5), (end.Kind, end.ExitCode));
    }

    [Fact]
    public async Task What_the_cluster_refuses_is_told_in_its_words()
    {
        var launch = Prepare("exit 0") with { Parameters = new Dictionary<string, string> { ["partition"] = "nowhere" } };

        var started = await NewExecutor().StartAsync(launch, Token);

        Assert.Null(started.Handle);
        Assert.Contains("invalid partition specified: nowhere", started.Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("partition", "--uid=0")]
    [InlineData("partition", "a b")]
    [InlineData("account", "x\n--wrap=id")]
    [InlineData("time", "tomorrow")]
    [InlineData("memory", "8G ")]
    [InlineData("cpus", "0")]
    public async Task A_parameter_must_look_like_what_it_is(string name, string value)
    {
        var launch = Prepare("exit 0") with { Parameters = new Dictionary<string, string> { [name] = value } };

        var started = await NewExecutor().StartAsync(launch, Token);

        Assert.StartsWith($"parameters.{name} is '{value}'; accepted: ", started.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_carriage_return_does_not_keep_a_job_from_being_taken()
    {
        var launch = Prepare("printf '<%s>' \"$1\"", "a\r\nb'\rc");

        await RunAsync(launch);

        Assert.Equal("<a\r\nb'\rc>", await File.ReadAllTextAsync(launch.OutputFile, Token));
    }

    [Fact]
    public async Task Slurm_words_do_not_mix_with_what_the_process_prints()
    {
        // One process: a shell would say itself that its child was ended.
        var launch = Prepare("echo ready; exec sleep 100");
        var handle = await StartAsync(NewExecutor(), launch);
        await PrintsAsync(launch, handle, "ready");

        await cluster.RunAsync("scancel", handle);
        await EndAsync(NewExecutor(), launch, handle);

        Assert.Equal("ready\n", await File.ReadAllTextAsync(launch.OutputFile, Token));
    }

    public override async ValueTask InitializeAsync()
    {
        Requirement.Check(cluster.Missing is null, cluster.Missing ?? "");
        await base.InitializeAsync();
    }

    public override ValueTask DisposeAsync()
    {
        _made.ForEach(made => made.Dispose());
        return base.DisposeAsync();
    }

    private protected override IExecutor NewExecutor()
    {
        var options = Microsoft.Extensions.Options.Options.Create(cluster.Options(TimeSpan.FromMilliseconds(200)));
        var queue = new JobQueue(options, TimeProvider.System);
        _made.Add(queue);
        return new SlurmExecutor(queue, options, NullLogger<SlurmExecutor>.Instance);
    }

    private protected override async Task VanishAsync(Launch launch, string handle)
    {
        // Slurm sees how a job ends, even by KILL: nobody can tell only when the controller has forgotten it and its file is lost.
        await cluster.RunAsync("scancel", "--signal=KILL", "--full", handle);
        await cluster.ForgetsAsync(handle);
        File.Delete(Path.Combine(launch.Folder, "exit"));
    }

    private async Task<(Launch Launch, string Handle)> StartLoopAsync()
    {
        var launch = Prepare("echo ready; while :; do sleep 0.1; done");
        var handle = await StartAsync(NewExecutor(), launch);
        await PrintsAsync(launch, handle, "ready");
        return (launch, handle);
    }
}
