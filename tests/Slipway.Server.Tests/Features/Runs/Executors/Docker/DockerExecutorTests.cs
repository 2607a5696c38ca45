using Slipway.Server.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Runs.Executors.Docker;

/// <summary>A container that sees nothing of this host, with busybox alone: everything is copied.</summary>
[Collection(DockerWorld.Name)]
public sealed class DockerExecutorTests(DockerDaemon daemon) : DockerSuite(daemon)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_container_that_is_not_there_is_named_with_the_remedy()
    {
        var launch = Prepare("exit 0") with { Parameters = new Dictionary<string, string> { ["container"] = "nobody" } };

        var started = await NewExecutor().StartAsync(launch, Token);

        Assert.Null(started.Handle);
        Assert.Contains("no container 'nobody'", started.Failure, StringComparison.Ordinal);
        Assert.Contains("Training:Docker:Container", started.Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../etc")]
    [InlineData("a b")]
    [InlineData("-x")]
    [InlineData("")]
    public async Task What_cannot_be_a_name_is_not_asked_for(string name)
    {
        var launch = Prepare("exit 0") with { Parameters = new Dictionary<string, string> { ["container"] = name } };

        var started = await NewExecutor().StartAsync(launch, Token);

        Assert.Contains($"'{name}' cannot be a container's name", started.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GPUs_are_named_to_the_process()
    {
        var launch = Prepare("printf '%s' \"$CUDA_VISIBLE_DEVICES\"") with { Gpus = 2, GpuIds = [1, 3] };

        await RunAsync(launch);

        Assert.Equal("1,3", await File.ReadAllTextAsync(launch.OutputFile, Token));
    }

    [Fact]
    public async Task A_large_output_arrives_byte_by_byte()
    {
        var launch = Prepare("dd if=/dev/urandom bs=1M count=40 of=\"$1/made\" 2>/dev/null; cat \"$1/made\"", $"{Launch.FolderToken}/output");

        var (handle, _) = await RunAsync(launch);
        await NewExecutor().FetchOutputAsync(launch, handle, Token);

        var made = await File.ReadAllBytesAsync(Path.Combine(launch.OutputFolder, "made"), Token);
        var printed = await File.ReadAllBytesAsync(launch.OutputFile, Token);
        Assert.Equal(40 << 20, made.Length);
        Assert.True(made.AsSpan().SequenceEqual(printed));
    }

    [Fact]
    public async Task A_restarted_container_has_lost_its_attempt()
    {
        var (launch, handle) = await StartLoopAsync();

        await Daemon.DockerAsync("restart", "-t", "1", Container);
        var end = await EndAsync(NewExecutor(), launch, handle);

        Assert.Equal(SightingKind.Gone, end.Kind);
        Assert.Contains("restarted", end.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_ended_before_its_container_did_keeps_code_and_output()
    {
        var launch = Prepare("echo last; exit 42");
        var executor = NewExecutor();
        var handle = await StartAsync(executor, launch);
        await PrintsInsideAsync(launch, "exit");

        await Daemon.DockerAsync("stop", "-t", "1", Container);
        var again = await StartAsync(NewExecutor(), launch);
        var end = await EndAsync(NewExecutor(), launch, handle);

        Assert.Equal((SightingKind.Ended, 42, handle), (end.Kind, end.ExitCode, again));
        Assert.Equal("last\n", await File.ReadAllTextAsync(launch.OutputFile, Token));
    }

    [Fact]
    public async Task In_a_paused_container_nothing_is_known()
    {
        var (launch, handle) = await StartLoopAsync();
        await Daemon.DockerAsync("pause", Container);

        var during = await NewExecutor().LookAsync(launch, handle, Token);
        await Daemon.DockerAsync("unpause", Container);
        var after = await NewExecutor().LookAsync(launch, handle, Token);

        Assert.Equal((SightingKind.Unknown, SightingKind.Running), (during.Kind, after.Kind));
        Assert.Contains("paused", during.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_removed_container_is_told()
    {
        var (launch, handle) = await StartLoopAsync();

        await Daemon.DockerAsync("rm", "-f", Container);
        var end = await EndAsync(NewExecutor(), launch, handle);
        await NewExecutor().StopAsync(launch, handle, force: true, Token);
        await NewExecutor().FetchOutputAsync(launch, handle, Token);
        await NewExecutor().ForgetAsync(launch, handle, Token);
        await StartContainerAsync();

        Assert.Equal(SightingKind.Gone, end.Kind);
        Assert.Contains("removed", end.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_outlives_the_engine()
    {
        var launch = Prepare("echo ready; while [ ! -e \"$1/go\" ]; do sleep 0.1; done; echo done; exit 7", $"{Launch.FolderToken}/output");
        var handle = await StartAsync(NewExecutor(), launch);
        await PrintsAsync(launch, handle, "ready");

        await Daemon.StopAsync();
        var during = await NewExecutor().LookAsync(launch, handle, Token);
        var start = await Record.ExceptionAsync(() => NewExecutor().StartAsync(launch, Token));
        await Daemon.StartAsync();
        await TellAsync(launch, handle, "output/go");
        var end = await EndAsync(NewExecutor(), launch, handle);

        Assert.Equal(SightingKind.Unknown, during.Kind);
        Assert.Contains(Daemon.Host, during.Words, StringComparison.Ordinal);
        Assert.IsType<ExecutorUnreachableException>(start);
        Assert.Equal((SightingKind.Ended, 7), (end.Kind, end.ExitCode));
        Assert.Equal("ready\ndone\n", await File.ReadAllTextAsync(launch.OutputFile, Token));
    }

    [Fact]
    public async Task A_missing_working_directory_is_told_with_the_remedy()
    {
        await Daemon.DockerAsync("exec", Container, "rm", "-rf", "/workspace/KTIP_Release_2.1.0");

        var complaint = await NewExecutor().CheckAsync(Token);

        Assert.Contains("'/workspace/KTIP_Release_2.1.0/train/llm'", complaint, StringComparison.Ordinal);
        Assert.Contains("Training:Docker:WorkingDirectory", complaint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_without_a_shell_is_told()
    {
        await Daemon.DockerAsync("exec", Container, "rm", "/bin/sh");

        var complaint = await NewExecutor().CheckAsync(Token);

        Assert.Contains("\"sh\"", complaint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_in_an_output_folder_are_left_there()
    {
        var launch = Prepare("ln -s /etc \"$1/etc\"; ln -s etc/../../x \"$1/up\"; echo a >\"$1/a\"; ln \"$1/a\" \"$1/b\"", $"{Launch.FolderToken}/output");
        var (handle, _) = await RunAsync(launch);

        await NewExecutor().FetchOutputAsync(launch, handle, Token);

        var names = Directory.EnumerateFileSystemEntries(launch.OutputFolder).Select(Path.GetFileName).Order();
        Assert.Equal(["a", "b"], names);
        Assert.Equal("a\n", await File.ReadAllTextAsync(Path.Combine(launch.OutputFolder, "b"), Token));
    }

    [Fact]
    public async Task Nothing_stays_in_the_container_when_it_is_forgotten()
    {
        var launch = Prepare("exit 0");
        var (handle, _) = await RunAsync(launch);

        await NewExecutor().ForgetAsync(launch, handle, Token);

        Assert.Equal("", await Daemon.DockerAsync("exec", Container, "ls", "/tmp/slipway"));
    }

    private protected override Task StartContainerAsync() => Daemon.RunContainerAsync(Container);

    private protected override Task TellAsync(Launch launch, string handle, string name) =>
        Daemon.DockerAsync("exec", Container, "touch", $"/tmp/slipway/{launch.Name}/{name}");

    private async Task<(Launch Launch, string Handle)> StartLoopAsync()
    {
        var launch = Prepare("echo ready; while :; do sleep 0.1; done");
        var handle = await StartAsync(NewExecutor(), launch);
        await PrintsAsync(launch, handle, "ready");
        return (launch, handle);
    }

    private Task PrintsInsideAsync(Launch launch, string name) => Patience.UntilAsync(
        async () => (await Daemon.DockerAsync("exec", Container, "ls", $"/tmp/slipway/{launch.Name}")).Split('\n').Contains(name),
        () => $"There is no '{name}'.");
}
