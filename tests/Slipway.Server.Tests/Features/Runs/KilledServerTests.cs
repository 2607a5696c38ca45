using System.Diagnostics;
using System.Globalization;
using Slipway.Client.Runs;
using Slipway.Server.Tests.Features.Runs.Executors;
using Slipway.Server.Tests.Features.Runs.Executors.Docker;
using Slipway.Server.Tests.Features.Runs.Executors.Slurm;
using Slipway.Server.Tests.Features.Runs.Kills;

namespace Slipway.Server.Tests.Features.Runs;

/// <summary>Runs outlive servers. <c>SLIPWAY_KILLS=200</c> kills as many, over as many runs; <c>SLIPWAY_KILLS_SEED</c> takes other chances.</summary>
public sealed class KilledServerTests(DockerDaemon docker, SlurmCluster slurm, ITestOutputHelper output)
    : IClassFixture<DockerDaemon>, IClassFixture<SlurmCluster>
{
    private const int UsualKills = 24;
    private const int UsualRuns = 30;

    [Fact]
    public async Task Every_run_ends_as_its_process_did_however_often_the_server_is_killed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Runs need Linux.");
        var kills = Setting("SLIPWAY_KILLS", UsualKills);
        var random = new Random(Setting("SLIPWAY_KILLS_SEED", 1));
        await using var ground = await KillGround.MakeAsync(docker, slurm);
        var round = new KillRound(ground, kills, Math.Max(UsualRuns, kills), random);
        var watch = Stopwatch.StartNew();

        await round.KillAsync();
        using var last = ground.Start();
        using var http = await last.ReadyAsync();
        await round.FinishAsync(http);
        var took = watch.Elapsed;
        var runs = await KillRound.ListAsync(http);
        var verdict = new KillVerdict(ground, round.Asked, http);
        foreach (var run in runs)
        {
            await verdict.ExamineAsync(run);
        }
        await LeavesNothingAsync(ground, last, runs);

        Report(round, runs, verdict, took);
        Assert.Empty(round.Promised.Except(runs.Select(run => run.Id)));
        Assert.True(verdict.Faults.Count == 0, string.Join('\n', [.. verdict.Faults, .. ground.Log.TakeLast(50)]));
    }

    private static async Task LeavesNothingAsync(KillGround ground, MortalServer server, List<RunDetail> runs)
    {
        var records = new KillRecords(ground.DataFolder);
        List<string> left = [];
        await Patience.UntilAsync(async () =>
        {
            left =
            [
                .. runs.SelectMany(run => Processes.Of(run.Id).Select(pid => $"process {pid} of {run.Id}")),
                .. ZombiesOf(server.Pid).Select(pid => $"zombie {pid}"),
                .. await records.UnfinishedAsync(),
                .. await ground.LeftoversAsync(),
            ];
            return left.Count == 0;
        }, () => $"Still there: {string.Join('\n', left)}\n{string.Join('\n', ground.Log.TakeLast(50))}");
    }

    private static IEnumerable<string> ZombiesOf(int parent)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)))
        {
            string stat;
            try
            {
                stat = File.ReadAllText(Path.Combine(folder, "stat"));
            }
            catch (IOException)
            {
                continue;
            }
            if (stat[(stat.LastIndexOf(')') + 2)..].Split(' ') is ["Z", var ppid, ..] && ppid == $"{parent}")
            {
                yield return Path.GetFileName(folder);
            }
        }
    }

    private static int Setting(string name, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : usual;

    private void Report(KillRound round, List<RunDetail> runs, KillVerdict verdict, TimeSpan took)
    {
        output.WriteLine($"kills {round.Kills}, before the server listened {round.KillsInStart}, within 300 ms of a request {round.KillsInRequest}");
        output.WriteLine($"runs {runs.Count}, attempts {runs.Sum(run => run.Attempt)}, seconds {took.TotalSeconds:0}");
        foreach (var group in runs.GroupBy(run => run.Executor).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var states = group.GroupBy(run => run.Status).OrderBy(states => states.Key, StringComparer.Ordinal).Select(states => $"{states.Count()} {states.Key}");
            output.WriteLine($"{group.Key}: {group.Count()} runs, {string.Join(", ", states)}");
        }
        output.WriteLine($"lines compared {verdict.LinesCompared}, figures {verdict.FiguresCompared}, faults {verdict.Faults.Count}");
        verdict.Faults.ToList().ForEach(output.WriteLine);
    }
}
