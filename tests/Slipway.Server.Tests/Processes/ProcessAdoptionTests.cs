using System.Diagnostics;
using Slipway.Server.Processes;

namespace Slipway.Server.Tests.Processes;

public sealed class ProcessAdoptionTests
{
    private const string RootVariable = "STARTER_ROOT";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Not a test of its own: a program that starts processes and is killed for it.</summary>
    [Fact(Explicit = true)]
    public async Task Starter()
    {
        var root = Environment.GetEnvironmentVariable(RootVariable);
        Assert.SkipWhen(root is null, "Runs in a process of its own.");
        var site = new ProcessSite { Root = root };
        for (var i = 0; ; i++)
        {
            Assert.Null(await site.StartAsync(site.Shell($"p{i}", $"echo begin; sleep {0.2 + (i % 5 * 0.3)}; echo end; exit {i % 200}")));
        }
    }

    [Fact]
    public async Task Whatever_was_started_ends_with_its_code_when_the_starter_is_killed()
    {
        await using var site = new ProcessSite();
        using var starter = StartStarter(site.Root);
        // A second host of the tests and all those starts: that takes its time on a machine that hardly moves.
        await ProcessSite.UntilAsync(() => Directory.Exists(site.FolderOf("p25")), TimeSpan.FromMinutes(2));

        starter.Kill();
        await starter.WaitForExitAsync(Token);

        var names = Directory.EnumerateDirectories(site.Root).Select(folder => Path.GetFileName(folder)).ToList();
        foreach (var name in names)
        {
            // What was just being started when the starter died is either kept from starting or has been started.
            var isNothing = site.Host.Claim(site.FolderOf(name));
            var end = await site.EndOfAsync(name);
            Assert.Equal(isNothing ? null : int.Parse(name[1..], null) % 200, end.ExitCode);
            Assert.Equal(isNothing ? "" : "begin\nend\n", File.Exists(site.Order(name).OutputFile) ? site.OutputOf(name) : "");
        }
    }

    [Fact]
    public async Task A_program_is_seen_when_its_wrapper_was_killed()
    {
        await using var site = new ProcessSite();
        Assert.Null(await site.StartAsync(site.Shell("a", "while [ ! -e go ]; do sleep 0.05; done")));
        ProcessSite.Kill(WatcherOf(site, "a"));
        var running = site.Host.Look(site.FolderOf("a"));

        await File.WriteAllTextAsync(Path.Combine(site.Root, "go"), "", Token);

        Assert.Equal(ProcessState.Running, running.State);
        Assert.Equal(new ProcessSighting(ProcessState.Vanished), await site.EndOfAsync("a"));
    }

    [Fact]
    public async Task A_program_whose_wrapper_was_killed_is_stopped_all_the_same()
    {
        await using var site = new ProcessSite();
        Assert.Null(await site.StartAsync(site.Shell("a", "sleep 100")));
        ProcessSite.Kill(WatcherOf(site, "a"));

        await site.Host.StopAsync(site.FolderOf("a"), force: true, Token);

        Assert.Equal(ProcessState.Vanished, site.Host.Look(site.FolderOf("a")).State);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")]
    [InlineData("INT")]
    public async Task A_wrapper_that_is_told_to_end_waits_for_the_code(string signal)
    {
        await using var site = new ProcessSite();
        Assert.Null(await site.StartAsync(site.Shell("a", "while [ ! -e go ]; do sleep 0.05; done; exit 6")));
        using (var watcher = Process.GetProcessById(WatcherOf(site, "a")))
        using (var kill = Signals.Send(watcher, signal))
        {
            await kill.WaitForExitAsync(Token);
        }

        await File.WriteAllTextAsync(Path.Combine(site.Root, "go"), "", Token);

        Assert.Equal(6, (await site.EndOfAsync("a")).ExitCode);
    }

    private static int WatcherOf(ProcessSite site, string name) => new ProcessFolder(site.FolderOf(name)).ReadIdentity()!.Value.Watcher.Pid;

    private static Process StartStarter(string root)
    {
        var assembly = typeof(ProcessAdoptionTests).Assembly.Location;
        var start = new ProcessStartInfo(Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet")
        {
            RedirectStandardOutput = true,
        };
        foreach (var argument in (string[])["exec", assembly, "-explicit", "only", "-method", $"{typeof(ProcessAdoptionTests).FullName}.{nameof(Starter)}"])
        {
            start.ArgumentList.Add(argument);
        }
        start.Environment[RootVariable] = root;
        var starter = Process.Start(start)!;
        _ = starter.StandardOutput.ReadToEndAsync(CancellationToken.None);
        return starter;
    }
}
