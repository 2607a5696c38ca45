using Slipway.Server.Processes;

namespace Slipway.Server.Tests.Processes;

public sealed class ProcessStopTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TERM_reaches_the_whole_tree()
    {
        await using var site = new ProcessSite();
        Assert.Null(await site.StartAsync(site.Shell("a", "sleep 100 & echo $! >child; wait")));
        var child = await site.NumberAsync("child");

        await site.Host.StopAsync(site.FolderOf("a"), force: false, Token);

        Assert.Equal(143, (await site.EndOfAsync("a")).ExitCode);
        await site.UntilAsync(() => !ProcessSite.IsAlive(child));
    }

    [Fact]
    public async Task A_program_ends_with_its_own_code_when_it_is_told_to()
    {
        await using var site = new ProcessSite();
        Assert.Null(await site.StartAsync(site.Shell("a", "trap 'exit 9' TERM; echo 1 >ready; while :; do sleep 0.05; done")));
        _ = await site.NumberAsync("ready");

        await site.Host.StopAsync(site.FolderOf("a"), force: false, Token);

        Assert.Equal(9, (await site.EndOfAsync("a")).ExitCode);
    }

    [Fact]
    public async Task A_stopped_program_hears_TERM()
    {
        await using var site = new ProcessSite();
        Assert.Null(await site.StartAsync(site.Shell("a", "echo $$ >own; kill -STOP $$; exit 3")));
        var own = await site.NumberAsync("own");
        await site.UntilAsync(() => ProcessStat.Of(own) is { IsStopped: true });

        await site.Host.StopAsync(site.FolderOf("a"), force: false, Token);

        Assert.Equal(143, (await site.EndOfAsync("a")).ExitCode);
    }

    [Fact]
    public async Task Who_does_not_listen_to_TERM_is_killed()
    {
        await using var site = new ProcessSite();
        Assert.Null(await site.StartAsync(site.Shell("a", "trap '' TERM; echo 1 >ready; while :; do sleep 0.05; done")));
        _ = await site.NumberAsync("ready");
        await site.Host.StopAsync(site.FolderOf("a"), force: false, Token);
        Assert.Equal(ProcessState.Running, site.Host.Look(site.FolderOf("a")).State);

        await site.Host.StopAsync(site.FolderOf("a"), force: true, Token);

        Assert.Equal(new ProcessSighting(ProcessState.Exited, ExitCode: 137), site.Host.Look(site.FolderOf("a")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_daemon_that_forked_away_is_found(bool force)
    {
        await using var site = new ProcessSite();
        Assert.Null(await site.StartAsync(site.Shell("a", "(setsid sh -c 'echo $$ >daemon; exec sleep 100' &); sleep 100")));
        var daemon = await site.NumberAsync("daemon");

        await site.Host.StopAsync(site.FolderOf("a"), force, Token);

        await site.UntilAsync(() => !ProcessSite.IsAlive(daemon));
    }

    [Fact]
    public async Task What_an_ended_program_left_behind_is_swept()
    {
        await using var site = new ProcessSite();
        var end = await site.RunAsync(site.Shell("a", "(setsid sh -c 'trap \"\" TERM; echo $$ >daemon; exec sleep 100' &); exit 0"));
        var daemon = await site.NumberAsync("daemon");
        Assert.True(ProcessSite.IsAlive(daemon));

        await site.Host.SweepAsync(site.FolderOf("a"), Token);

        Assert.False(ProcessSite.IsAlive(daemon));
        Assert.Equal(end, site.Host.Look(site.FolderOf("a")));
    }

    [Fact]
    public async Task A_sweep_leaves_alone_what_runs()
    {
        await using var site = new ProcessSite();
        Assert.Null(await site.StartAsync(site.Shell("a", "sleep 100")));

        await site.Host.SweepAsync(site.FolderOf("a"), Token);

        Assert.Equal(ProcessState.Running, site.Host.Look(site.FolderOf("a")).State);
    }

    [Fact]
    public async Task A_child_with_an_emptied_environment_dies_with_the_others()
    {
        await using var site = new ProcessSite();
        Assert.Null(await site.StartAsync(site.Shell("a", "env -i sh -c 'echo $$ >child; exec sleep 100' & (env -i sleep 100 &); sleep 100")));
        var child = await site.NumberAsync("child");

        await site.Host.StopAsync(site.FolderOf("a"), force: true, Token);

        Assert.False(ProcessSite.IsAlive(child));
    }

    [Fact]
    public async Task Those_that_multiply_cannot_outrun_the_end()
    {
        await using var site = new ProcessSite();
        // Fifty lines of descent, each of which begins anew in a session of its own and leaves its parent, again and again.
        Assert.Null(await site.StartAsync(site.Shell("a", """
            breed='sleep 0.1; [ "$1" -gt 0 ] && setsid sh -c "$0" "$0" $(($1 - 1)) & sleep 0.05'
            for i in $(seq 50); do sh -c "$breed" "$breed" 200 & done
            echo 1 >ready; wait; sleep 100
            """)));
        _ = await site.NumberAsync("ready");

        await site.Host.StopAsync(site.FolderOf("a"), force: true, Token);

        Assert.Empty(ProcessTree.Find(site.FolderOf("a")));
    }

    [Fact]
    public async Task A_neighbour_is_left_alone()
    {
        await using var site = new ProcessSite();
        Assert.Null(await site.StartAsync(site.Shell("a", "sleep 100")));
        Assert.Null(await site.StartAsync(site.Shell("ab", "sleep 100")));

        await site.Host.StopAsync(site.FolderOf("a"), force: true, Token);

        Assert.Equal(ProcessState.Running, site.Host.Look(site.FolderOf("ab")).State);
    }

    [Fact]
    public async Task What_is_stopped_before_its_start_never_starts()
    {
        await using var site = new ProcessSite();
        await site.Host.StopAsync(site.FolderOf("a"), force: false, Token);

        var refusal = await site.StartAsync(site.Shell("a", "echo 1 >ran"));

        Assert.Equal("Its start was called off.", refusal);
        Assert.False(File.Exists(Path.Combine(site.Root, "ran")));
    }

    [Fact]
    public async Task A_start_that_is_stopped_at_once_has_ended_or_never_begun()
    {
        await using var site = new ProcessSite();

        var starts = Enumerable.Range(0, 20).Select(async i =>
        {
            var start = site.StartAsync(site.Shell($"p{i}", "sleep 100"));
            await site.Host.StopAsync(site.FolderOf($"p{i}"), force: true, Token);
            return (await start, (await site.EndOfAsync($"p{i}")).State);
        });

        Assert.All(await Task.WhenAll(starts), end => Assert.Equal(end.Item1 is null ? ProcessState.Exited : ProcessState.NotStarted, end.State));
    }
}
