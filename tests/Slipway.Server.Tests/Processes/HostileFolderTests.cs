using System.Diagnostics;
using System.Globalization;
using Slipway.Server.Processes;

namespace Slipway.Server.Tests.Processes;

/// <summary>The process writes where its keeper reads.</summary>
public sealed class HostileFolderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Boot => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    [Fact]
    public async Task A_number_that_has_a_new_owner_is_not_running_and_not_killed()
    {
        await using var site = new ProcessSite();
        using var bystander = Process.Start("sleep", "100");
        var stat = ProcessStat.Of(bystander.Id)!.Value;
        Forge(site, "a", $"{Boot} {stat.Pid} {stat.Start - 1} {stat.Pid} {stat.Start - 1}\n");

        await site.Host.StopAsync(site.FolderOf("a"), force: true, Token);

        Assert.Equal(ProcessState.Vanished, site.Host.Look(site.FolderOf("a")).State);
        Assert.False(bystander.HasExited);
        bystander.Kill();
    }

    [Fact]
    public async Task A_stranger_that_is_named_by_number_and_time_is_not_killed()
    {
        await using var site = new ProcessSite();
        using var bystander = Process.Start("sleep", "100");
        var stat = ProcessStat.Of(bystander.Id)!.Value;
        Forge(site, "a", $"{Boot} {stat.Pid} {stat.Start} {stat.Pid} {stat.Start}\n");

        await site.Host.StopAsync(site.FolderOf("a"), force: false, Token);

        Assert.False(bystander.WaitForExit(TimeSpan.FromMilliseconds(200)));
        bystander.Kill();
    }

    [Fact]
    public async Task A_process_of_another_boot_is_not_running()
    {
        await using var site = new ProcessSite();
        var stat = ProcessStat.Of(Environment.ProcessId)!.Value;
        Forge(site, "a", $"00000000-0000-0000-0000-000000000000 {stat.Pid} {stat.Start} {stat.Pid} {stat.Start}\n");

        Assert.Equal(ProcessState.Vanished, site.Host.Look(site.FolderOf("a")).State);
    }

    [Theory]
    [InlineData("-1 0 -1 0")]
    [InlineData("0 0 0 0")]
    [InlineData("1 0 1 0")]
    [InlineData("99999999999999999999 0 5 0")]
    [InlineData("")]
    [InlineData("\0\0\0\0")]
    public async Task Nonsense_names_nobody(string numbers)
    {
        await using var site = new ProcessSite();
        Forge(site, "a", $"{Boot} {numbers}\n");

        await site.Host.StopAsync(site.FolderOf("a"), force: true, Token);

        Assert.Equal(ProcessState.NotStarted, site.Host.Look(site.FolderOf("a")).State);
    }

    [Theory]
    [InlineData("ln -sf /etc/passwd {folder}/exit; ln -sf /etc/passwd {folder}/.exit")]
    [InlineData("mkfifo {folder}/exit")]
    [InlineData("ln -sf /dev/zero {folder}/exit")]
    [InlineData("echo 0 >{folder}/exit")]
    [InlineData("mkfifo {folder}/pipe; ln -sf pipe {folder}/exit")]
    [InlineData("rm -f {folder}/.exit; mkfifo {folder}/.exit")]
    public async Task A_planted_exit_code_does_not_stand_while_the_process_runs(string plant)
    {
        await using var site = new ProcessSite();
        var folder = site.FolderOf("a");
        var isHurt = new FileInfo("/etc/passwd").Length;
        Assert.Null(await site.StartAsync(site.Shell("a", plant.Replace("{folder}", folder, StringComparison.Ordinal) + "; echo 1 >ready; sleep 100")));
        _ = await site.NumberAsync("ready");

        var running = site.Host.Look(folder);
        File.Delete(Path.Combine(folder, ".exit"));
        await site.Host.StopAsync(folder, force: true, Token);

        Assert.Equal(ProcessState.Running, running.State);
        Assert.Equal(137, site.Host.Look(folder).ExitCode);
        Assert.Equal(isHurt, new FileInfo("/etc/passwd").Length);
    }

    [Fact]
    public async Task A_code_that_cannot_be_written_leaves_nothing_running()
    {
        await using var site = new ProcessSite();
        var folder = site.FolderOf("a");

        _ = await site.RunAsync(site.Shell("a", $"mkdir '{folder}/exit' && exit 4"));

        Assert.Equal(ProcessState.Vanished, site.Host.Look(folder).State);
    }

    [Theory]
    [InlineData("rm -rf {folder}/identity {folder}/claim")]
    [InlineData("rm -rf {folder}/identity; echo >{folder}/claim/void")]
    [InlineData("head -c 1000000 /dev/zero >{folder}/identity")]
    [InlineData("rm {folder}/identity; ln -s /dev/zero {folder}/identity")]
    [InlineData("rm -rf {folder}/*")]
    public async Task Who_removes_the_traces_is_stopped_all_the_same(string removal)
    {
        await using var site = new ProcessSite();
        var folder = site.FolderOf("a");
        Assert.Null(await site.StartAsync(site.Shell("a", "sleep 0.2; " + removal.Replace("{folder}", folder, StringComparison.Ordinal) + "; echo $$ >ready; sleep 100")));
        var own = await site.NumberAsync("ready");

        await site.Host.StopAsync(folder, force: true, Token);

        Assert.False(ProcessSite.IsAlive(own));
    }

    [Fact]
    public async Task Who_calls_himself_the_wrapper_is_stopped_all_the_same()
    {
        await using var site = new ProcessSite();
        var identity = Path.Combine(site.FolderOf("a"), "identity");
        Assert.Null(await site.StartAsync(site.Shell("a", $"""
            sleep 100 & set -- $! $(cut -d' ' -f22 /proc/$!/stat)
            echo "{Boot} $1 $2 $1 $2" >'{identity}'
            echo $1 >ready; wait
            """)));
        var liar = await site.NumberAsync("ready");

        await site.Host.StopAsync(site.FolderOf("a"), force: true, Token);

        Assert.False(ProcessSite.IsAlive(liar));
    }

    [Fact]
    public async Task A_folder_that_is_removed_leaves_no_wrapper_waiting()
    {
        await using var site = new ProcessSite();
        var folder = site.FolderOf("a");
        Assert.Null(await site.StartAsync(site.Shell("a", $"sleep 0.2; echo $PPID >wrapper; rm -rf '{folder}'")));

        var wrapper = await site.NumberAsync("wrapper");

        await site.UntilAsync(() => !ProcessSite.IsAlive(wrapper));
    }

    [Fact]
    public async Task A_program_with_brackets_in_its_name_has_a_start_time()
    {
        await using var site = new ProcessSite();
        var program = Path.Combine(site.Root, "a) Z 1 (b");
        File.Copy("/bin/sleep", program);

        using var process = Process.Start(program, "100");
        var stat = ProcessStat.Of(process.Id)!.Value;

        Assert.Equal((Environment.ProcessId, false), (stat.Parent, stat.HasEnded));
        process.Kill();
    }

    private static void Forge(ProcessSite site, string name, string identity)
    {
        Directory.CreateDirectory(Path.Combine(site.FolderOf(name), "claim"));
        File.WriteAllText(Path.Combine(site.FolderOf(name), "identity"), string.Create(CultureInfo.InvariantCulture, $"{identity}"));
    }
}
