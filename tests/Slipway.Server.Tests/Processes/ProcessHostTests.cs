using System.Runtime.Versioning;
using System.Security.Cryptography;
using Slipway.Server.Processes;

namespace Slipway.Server.Tests.Processes;

public sealed class ProcessHostTests
{
    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 42", 42)]
    [InlineData("exit 126", 126)]
    [InlineData("exit 127", 127)]
    [InlineData("exit 255", 255)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -SEGV $$", 139)]
    public async Task The_exit_code_is_the_shells(string script, int code)
    {
        await using var site = new ProcessSite();

        var end = await site.RunAsync(site.Shell("a", script));

        Assert.Equal(new ProcessSighting(ProcessState.Exited, ExitCode: code), end);
    }

    [Fact]
    public async Task A_process_is_seen_under_its_own_number()
    {
        await using var site = new ProcessSite();
        Assert.Null(await site.StartAsync(site.Shell("a", "echo $$ >own; exec sleep 100")));

        var own = await site.NumberAsync("own");

        Assert.Equal(new ProcessSighting(ProcessState.Running, own), site.Host.Look(site.FolderOf("a")));
    }

    [Fact]
    public async Task Arguments_arrive_as_they_were_given()
    {
        await using var site = new ProcessSite();
        string[] arguments = ["", " a  b ", "'", "\"$HOME\"", "$(id)", "`id`", "*", "\\n", "line\nline", "-x", "--", "ü日🚢", "\t"];

        _ = await site.RunAsync(site.Order("a", ["sh", "-c", "printf '%s\\0' \"$@\"", "sh", .. arguments]));

        Assert.Equal(arguments, site.OutputOf("a").Split('\0')[..^1]);
    }

    [Theory]
    [InlineData("a b'c\"d\ne")]
    [InlineData("-rf")]
    [InlineData("$(id);*?日🚢")]
    public async Task A_folder_may_be_called_anything(string name)
    {
        await using var site = new ProcessSite();

        var end = await site.RunAsync(site.Shell(name, "pwd; exit 7"));

        Assert.Equal(7, end.ExitCode);
        Assert.Equal(site.Root + "\n", site.OutputOf(name));
    }

    [Theory]
    [InlineData("-x")]
    [InlineData("-d/a b")]
    [InlineData("p=q")]
    public async Task A_program_may_be_called_anything(string name)
    {
        await using var site = new ProcessSite();
        var program = Path.Combine(site.Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(program)!);
        File.Copy("/bin/echo", program);
        var order = site.Order("a", name, "hello") with { Environment = new Dictionary<string, string> { ["PATH"] = site.Root } };

        var end = await site.RunAsync(order);

        Assert.Equal((0, "hello\n"), (end.ExitCode, site.OutputOf("a")));
    }

    [Theory]
    [InlineData(null, "1\n")]
    [InlineData("", "\n")]
    public async Task Titles_are_not_written_over_the_environment_unless_the_order_says_so(string? ordered, string printed)
    {
        await using var site = new ProcessSite();
        var order = site.Shell("a", "echo \"$SPT_NOENV\"");

        _ = await site.RunAsync(ordered is null ? order : order with { Environment = new Dictionary<string, string> { ["SPT_NOENV"] = ordered } });

        Assert.Equal(printed, site.OutputOf("a"));
    }

    [Fact]
    public async Task Both_streams_go_to_the_end_of_the_output_file()
    {
        await using var site = new ProcessSite();
        Directory.CreateDirectory(site.FolderOf("a"));
        await File.WriteAllTextAsync(site.Order("a").OutputFile, "before\n", TestContext.Current.CancellationToken);

        _ = await site.RunAsync(site.Shell("a", "echo out; echo err >&2; kill -9 $$"));

        Assert.Equal("before\nout\nerr\n", site.OutputOf("a"));
    }

    [Fact]
    public async Task Fifty_megabytes_of_noise_are_kept_byte_by_byte()
    {
        await using var site = new ProcessSite();
        var order = site.Shell("a", "head -c 50000000 /dev/urandom | tee copy");

        _ = await site.RunAsync(order);

        Assert.Equal(50_000_000, new FileInfo(order.OutputFile).Length);
        Assert.Equal(await HashAsync(Path.Combine(site.Root, "copy")), await HashAsync(order.OutputFile));
    }

    [Fact]
    public async Task A_broken_pipe_ends_a_program_quietly()
    {
        await using var site = new ProcessSite();

        var end = await site.RunAsync(site.Shell("a", "(yes; echo $? >&2) | head -n 1; grep SigIgn /proc/self/status"));

        Assert.Equal(0, end.ExitCode);
        Assert.Equal("y\nSigIgn:\t0000000000000000\n", site.OutputOf("a").Replace("141\n", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task There_is_nothing_to_read()
    {
        await using var site = new ProcessSite();

        var end = await site.RunAsync(site.Shell("a", "read line"));

        Assert.Equal(1, end.ExitCode);
    }

    [Fact]
    public async Task Two_hundred_start_at_once()
    {
        await using var site = new ProcessSite();

        var ends = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => site.RunAsync(site.Shell($"p{i}", $"echo {i}; exit {i}"))));

        Assert.Equal(Enumerable.Range(0, 200), ends.Select(end => end.ExitCode!.Value));
        Assert.All(Enumerable.Range(0, 200), i => Assert.Equal($"{i}\n", site.OutputOf($"p{i}")));
    }

    [Theory]
    [InlineData("There is no program 'no-such-program' in PATH.", "no-such-program")]
    [InlineData("There is no program '/no/such'.", "/no/such", "x")]
    [InlineData("Cannot be executed: '/etc/passwd'.", "/etc/passwd")]
    [InlineData("Cannot be executed: '/etc'.", "/etc")]
    [InlineData("The command is empty: a program is needed.")]
    [InlineData("An argument of the command holds a NUL character.", "echo", "a\0b")]
    public async Task What_cannot_be_started_is_refused_in_words(string words, params string[] command)
    {
        await using var site = new ProcessSite();

        var refusal = await site.StartAsync(site.Order("a", command));

        Assert.Equal(words, refusal);
        Assert.Equal(ProcessState.NotStarted, (await site.EndOfAsync("a")).State);
    }

    [Fact]
    public async Task A_refusal_is_the_same_when_it_is_asked_for_again()
    {
        await using var site = new ProcessSite();
        _ = await site.StartAsync(site.Order("a", "no-such-program"));

        var refusal = await site.StartAsync(site.Order("a", "no-such-program"));

        Assert.Equal("There is no program 'no-such-program' in PATH.", refusal);
    }

    [Fact]
    public async Task A_missing_working_directory_is_refused()
    {
        await using var site = new ProcessSite();

        var refusal = await site.StartAsync(site.Shell("a", "true") with { WorkingDirectory = "/no/such/place" });

        Assert.Equal("There is no working directory '/no/such/place'.", refusal);
    }

    [Fact]
    public async Task An_argument_too_long_for_the_system_is_refused()
    {
        await using var site = new ProcessSite();

        var refusal = await site.StartAsync(site.Order("a", "echo", new string('x', 1 << 20)));

        Assert.Contains("Argument list too long", refusal, StringComparison.Ordinal);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Only_the_owner_reads_what_lies_in_the_folder()
    {
        await using var site = new ProcessSite();

        _ = await site.RunAsync(site.Shell("a", "true"));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(site.FolderOf("a")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(site.Order("a").OutputFile));
    }

    private static async Task<byte[]> HashAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return await SHA256.HashDataAsync(file, TestContext.Current.CancellationToken);
    }
}
