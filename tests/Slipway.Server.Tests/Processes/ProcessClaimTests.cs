using Slipway.Server.Processes;

namespace Slipway.Server.Tests.Processes;

public sealed class ProcessClaimTests
{
    [Fact]
    public async Task Eight_starts_in_one_folder_start_one()
    {
        await using var site = new ProcessSite();
        var order = site.Shell("a", "echo $$; sleep 100");

        var starts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => site.StartAsync(order))));

        Assert.All(starts, Assert.Null);
        await site.UntilAsync(() => site.OutputOf("a").Length > 0);
        Assert.Equal($"{site.Host.Look(order.Folder).Pid}\n", site.OutputOf("a"));
    }

    [Fact]
    public async Task A_process_that_has_ended_is_not_started_again()
    {
        await using var site = new ProcessSite();
        _ = await site.RunAsync(site.Shell("a", "echo once; exit 5"));

        var again = await site.RunAsync(site.Shell("a", "echo once; exit 5"));

        Assert.Equal((5, "once\n"), (again.ExitCode, site.OutputOf("a")));
    }

    [Fact]
    public async Task A_claim_keeps_all_starts_away()
    {
        await using var site = new ProcessSite();
        var isTaken = site.Host.Claim(site.FolderOf("a"));

        var refusal = await site.StartAsync(site.Shell("a", "true"));

        Assert.True(isTaken);
        Assert.Equal("Its start was called off.", refusal);
        Assert.True(site.Host.Claim(site.FolderOf("a")));
    }

    [Fact]
    public async Task There_is_no_claim_on_what_was_started()
    {
        await using var site = new ProcessSite();
        Assert.Null(await site.StartAsync(site.Shell("a", "sleep 100")));

        Assert.False(site.Host.Claim(site.FolderOf("a")));
    }

    [Fact]
    public async Task A_claim_against_a_start_is_won_by_one_of_them()
    {
        await using var site = new ProcessSite();

        var races = await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            var start = Task.Run(() => site.StartAsync(site.Shell($"p{i}", "exit 3")));
            var isTaken = await Task.Run(() => site.Host.Claim(site.FolderOf($"p{i}")));
            var refusal = await start;
            return (isTaken, isRefused: refusal is not null, (await site.EndOfAsync($"p{i}")).State);
        }));

        Assert.All(races, race => Assert.Equal((race.isTaken, race.isTaken ? ProcessState.NotStarted : ProcessState.Exited), (race.isRefused, race.State)));
    }

    [Fact]
    public async Task Nothing_is_seen_where_nothing_was_started()
    {
        await using var site = new ProcessSite();

        Assert.Equal(new ProcessSighting(ProcessState.NotStarted), site.Host.Look(site.FolderOf("nowhere")));
    }
}
