using Slipway.Server.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Runs.Executors.Docker;

/// <summary>A container that sees the attempts' folders under another path, with bash for a shell: nothing is copied.</summary>
[Collection(DockerWorld.Name)]
public sealed class SharedDockerExecutorTests(DockerDaemon daemon) : DockerSuite(daemon)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_copied()
    {
        var launch = Prepare("printf '%s' \"$1\"", Launch.FolderToken);

        await RunAsync(launch);

        Assert.StartsWith("/attempts of all/", await File.ReadAllTextAsync(launch.OutputFile, Token), StringComparison.Ordinal);
        Assert.Equal("", await Daemon.DockerAsync("exec", Container, "sh", "-c", "ls /tmp"));
    }

    [Fact]
    public async Task A_removed_container_leaves_the_exit_code()
    {
        var launch = Prepare("exit 42");
        var (handle, _) = await RunAsync(launch);

        await Daemon.DockerAsync("rm", "-f", Container);
        var end = await NewExecutor().LookAsync(launch, handle, Token);
        await StartContainerAsync();

        Assert.Equal((SightingKind.Ended, 42), (end.Kind, end.ExitCode));
    }

    [Fact]
    public async Task Missing_tools_are_named()
    {
        await Daemon.DockerAsync("exec", Container, "rm", "/bin/setsid", "/bin/stat");

        var complaint = await NewExecutor().CheckAsync(Token);

        Assert.Contains("lacks setsid, stat", complaint, StringComparison.Ordinal);
    }

    private protected override Task StartContainerAsync() =>
        Daemon.RunContainerAsync(Container, "bash", "-v", $"{Root}:/attempts of all");
}
