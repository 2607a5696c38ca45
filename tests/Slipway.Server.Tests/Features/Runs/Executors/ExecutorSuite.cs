using Slipway.Server.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Runs.Executors;

/// <summary>
/// What every executor promises. A class that derives gives the outside world; the processes are POSIX shell scripts that
/// busybox's shell runs too.
/// </summary>
public abstract class ExecutorSuite : IAsyncLifetime
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("slipway-attempts-");
    private int _launches;

    /// <summary>Where the attempts' folders are; goes away with the test.</summary>
    private protected virtual string Root => _root.FullName;

    /// <summary>What a launch says for executors without a setting of their own.</summary>
    private protected virtual string WorkingDirectory => Root;

    /// <summary>What a process then sees as its working directory.</summary>
    private protected virtual string SeenWorkingDirectory => WorkingDirectory;

    /// <summary>Whether what a process prints while it is being stopped can still be collected.</summary>
    private protected virtual bool IsLastWordKept => true;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_outside_world_is_found_fit()
    {
        var executor = NewExecutor();

        var complaint = await executor.CheckAsync(Token);

        Assert.Null(complaint);
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 42", 42)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("kill -TERM $$", 143)]
    public async Task The_exit_code_is_as_a_shell_counts_it(string script, int expected)
    {
        var launch = Prepare(script);

        var (_, end) = await RunAsync(launch);

        Assert.Equal((SightingKind.Ended, expected), (end.Kind, end.ExitCode));
        Assert.False(end.IsCancelled);
    }

    [Fact]
    public async Task Both_streams_are_kept_whole_and_once()
    {
        const int Lines = 3000;
        var launch = Prepare($"i=0; while [ $i -lt {Lines} ]; do echo out $i; echo err $i >&2; i=$((i+1)); done");
        var numbers = Enumerable.Range(0, Lines);

        await RunAsync(launch);

        var lines = await File.ReadAllLinesAsync(launch.OutputFile, Token);
        Assert.Equal(2 * Lines, lines.Length);
        Assert.Equal(numbers.Select(number => $"out {number}"), lines.Where(line => line.StartsWith('o')));
        Assert.Equal(numbers.Select(number => $"err {number}"), lines.Where(line => line.StartsWith('e')));
    }

    [Fact]
    public async Task Output_is_kept_byte_by_byte_and_without_a_last_newline()
    {
        var launch = Prepare("""printf 'a\000b\377\r\n\033[1mc\r\rd'""");

        await RunAsync(launch);

        byte[] expected = [.. "a\0b"u8, 0xFF, .. "\r\n\u001b[1mc\r\rd"u8];
        Assert.Equal(expected, await File.ReadAllBytesAsync(launch.OutputFile, Token));
    }

    [Fact]
    public async Task What_was_collected_stays_when_it_is_collected_again()
    {
        var launch = Prepare("echo first; echo second");
        var (handle, _) = await RunAsync(launch);

        await NewExecutor().CollectAsync(launch, handle, Token);

        Assert.Equal("first\nsecond\n", await File.ReadAllTextAsync(launch.OutputFile, Token));
    }

    [Fact]
    public async Task Arguments_arrive_as_they_are()
    {
        string[] arguments =
        [
            "", "two words", "it's \"so\"", "$HOME $(id) `id`", "$(HOME)", "*", "-n", "line\nbreak", "训练\\n%j%%", "a;b|c&d", "{x}",
        ];
        var launch = Prepare("""for argument in "$@"; do printf '<%s>' "$argument"; done""", arguments);

        await RunAsync(launch);

        var printed = await File.ReadAllTextAsync(launch.OutputFile, Token);
        Assert.Equal(string.Concat(arguments.Select(argument => $"<{argument}>")), printed);
    }

    [Fact]
    public async Task The_environment_arrives_as_it_is()
    {
        const string Value = "it's \"so\" $HOME $(HOME) a,b=c 训练\nsecond line";
        var launch = Prepare("""printf '<%s>' "$SUITE_VALUE" "$SUITE_EMPTY" """);
        launch = launch with
        {
            Environment = launch.Environment.Append(new("SUITE_VALUE", Value)).Append(new("SUITE_EMPTY", "")).ToDictionary(),
        };

        await RunAsync(launch);

        Assert.Equal($"<{Value}><>", await File.ReadAllTextAsync(launch.OutputFile, Token));
    }

    [Fact]
    public async Task It_starts_in_its_working_directory()
    {
        var launch = Prepare("pwd");

        await RunAsync(launch);

        Assert.Equal(SeenWorkingDirectory + "\n", await File.ReadAllTextAsync(launch.OutputFile, Token));
    }

    [Fact]
    public async Task It_finds_its_inputs_below_the_folder_that_it_is_told()
    {
        var launch = Prepare("""cat "$1/train.yaml" "$2/sub/pairs.jsonl"; """, Launch.FolderToken, $"{Launch.FolderToken}/data");
        Directory.CreateDirectory(Path.Combine(launch.Folder, "data", "sub"));
        await File.WriteAllTextAsync(Path.Combine(launch.Folder, "train.yaml"), "stage: sft\n", Token);
        await File.WriteAllTextAsync(Path.Combine(launch.Folder, "data", "sub", "pairs.jsonl"), "{}\n", Token);

        await RunAsync(launch);

        Assert.Equal("stage: sft\n{}\n", await File.ReadAllTextAsync(launch.OutputFile, Token));
    }

    [Fact]
    public async Task What_it_made_is_fetched()
    {
        var launch = Prepare("""mkdir -p "$1/sub" && printf weights >"$1/sub/model.bin" && printf '' >"$1/empty" """, $"{Launch.FolderToken}/output");
        var (handle, _) = await RunAsync(launch);

        await NewExecutor().FetchOutputAsync(launch, handle, Token);

        Assert.Equal("weights", await File.ReadAllTextAsync(Path.Combine(launch.OutputFolder, "sub", "model.bin"), Token));
        Assert.Empty(await File.ReadAllBytesAsync(Path.Combine(launch.OutputFolder, "empty"), Token));
    }

    [Fact]
    public async Task It_is_found_again_by_another_instance_and_has_its_true_exit_code()
    {
        var launch = Prepare("""echo ready; while [ ! -e "$1/go" ]; do sleep 0.1; done; exit 42""", $"{Launch.FolderToken}/output");
        var handle = await StartAsync(NewExecutor(), launch);
        await PrintsAsync(launch, handle, "ready");

        var during = await NewExecutor().LookAsync(launch, handle, Token);
        await TellAsync(launch, handle, "output/go");
        var end = await EndAsync(NewExecutor(), launch, handle);

        Assert.Equal(SightingKind.Running, during.Kind);
        Assert.Equal((SightingKind.Ended, 42), (end.Kind, end.ExitCode));
    }

    [Fact]
    public async Task Started_many_times_it_runs_once()
    {
        var launch = Prepare("echo started; sleep 0.5");

        var handles = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartAsync(NewExecutor(), launch)));
        var later = await StartAsync(NewExecutor(), launch);
        var end = await EndAsync(NewExecutor(), launch, handles[0]);
        var again = await StartAsync(NewExecutor(), launch);
        var last = await EndAsync(NewExecutor(), launch, again);

        Assert.All([later, .. handles], handle => Assert.Equal(again, handle));
        Assert.Equal((SightingKind.Ended, 0), (end.Kind, end.ExitCode));
        Assert.Equal((SightingKind.Ended, 0), (last.Kind, last.ExitCode));
        Assert.Equal("started\n", await File.ReadAllTextAsync(launch.OutputFile, Token));
    }

    [Fact]
    public async Task A_stop_lets_it_end_in_order()
    {
        var launch = Prepare("trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.1; done");
        var executor = NewExecutor();
        var handle = await StartAsync(executor, launch);
        await PrintsAsync(launch, handle, "ready");

        await executor.StopAsync(launch, handle, force: false, Token);
        var end = await EndAsync(executor, launch, handle);

        Assert.Contains(end.Kind, new[] { SightingKind.Ended, SightingKind.Gone });
        Assert.Contains(IsLastWordKept ? "bye" : "ready", await File.ReadAllTextAsync(launch.OutputFile, Token), StringComparison.Ordinal);
        await DiesAsync(launch);
    }

    [Fact]
    public async Task What_ignores_a_stop_is_killed_by_force()
    {
        var launch = Prepare("trap '' TERM; echo ready; while :; do sleep 0.1; done");
        var executor = NewExecutor();
        var handle = await StartAsync(executor, launch);
        await PrintsAsync(launch, handle, "ready");

        await executor.StopAsync(launch, handle, force: false, Token);
        await executor.StopAsync(launch, handle, force: true, Token);
        var end = await EndAsync(executor, launch, handle);

        Assert.Contains(end.Kind, new[] { SightingKind.Ended, SightingKind.Gone });
        await DiesAsync(launch);
    }

    [Fact]
    public async Task What_forked_away_is_stopped_too()
    {
        var launch = Prepare("(setsid sh -c 'while :; do sleep 0.1; done' >/dev/null 2>&1 &); echo ready; while :; do sleep 0.1; done");
        var executor = NewExecutor();
        var handle = await StartAsync(executor, launch);
        await PrintsAsync(launch, handle, "ready");

        await executor.StopAsync(launch, handle, force: false, Token);
        await EndAsync(executor, launch, handle);
        await executor.StopAsync(launch, handle, force: true, Token);

        await DiesAsync(launch);
    }

    [Fact]
    public async Task Stopping_what_has_ended_changes_nothing()
    {
        var launch = Prepare("exit 3");
        var (handle, _) = await RunAsync(launch);

        await NewExecutor().StopAsync(launch, handle, force: false, Token);
        await NewExecutor().StopAsync(launch, handle, force: true, Token);
        var end = await NewExecutor().LookAsync(launch, handle, Token);

        Assert.Equal((SightingKind.Ended, 3, false), (end.Kind, end.ExitCode, end.IsCancelled));
    }

    [Fact]
    public async Task What_left_no_trace_is_gone()
    {
        var launch = Prepare("echo ready; while :; do sleep 0.1; done");
        var handle = await StartAsync(NewExecutor(), launch);
        await PrintsAsync(launch, handle, "ready");

        await VanishAsync(launch, handle);
        var end = await EndAsync(NewExecutor(), launch, handle);

        Assert.Equal(SightingKind.Gone, end.Kind);
        Assert.Null(end.ExitCode);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_named()
    {
        var launch = Prepare("") with { Command = ["no-such-program", "--flag"] };
        var executor = NewExecutor();

        var started = await executor.StartAsync(launch, Token);

        var words = started.Failure;
        if (started.Handle is { } handle)
        {
            var end = await EndAsync(executor, launch, handle);
            Assert.Equal((SightingKind.Ended, 127), (end.Kind, end.ExitCode));
            words = end.Words + await File.ReadAllTextAsync(launch.OutputFile, Token);
        }
        Assert.Contains("no-such-program", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_it_is_forgotten_a_look_still_answers()
    {
        var launch = Prepare("exit 0");
        var (handle, _) = await RunAsync(launch);

        await NewExecutor().ForgetAsync(launch, handle, Token);
        await NewExecutor().ForgetAsync(launch, handle, Token);
        var after = await NewExecutor().LookAsync(launch, handle, Token);

        Assert.Contains(after.Kind, new[] { SightingKind.Ended, SightingKind.Gone });
    }

    [Fact]
    public async Task What_it_left_running_is_gone_when_it_is_forgotten()
    {
        var launch = Prepare("(setsid sh -c 'while :; do sleep 0.1; done' >/dev/null 2>&1 &); exit 0");
        var (handle, _) = await RunAsync(launch);

        await NewExecutor().ForgetAsync(launch, handle, Token);

        await DiesAsync(launch);
    }

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        MarkedProcesses.Kill(_root.Name);
        _root.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>As a server that has just been started would make it.</summary>
    private protected abstract IExecutor NewExecutor();

    /// <summary>Ends the attempt so that nobody can tell how; here by killing whatever belongs to it, its wrapper too.</summary>
    private protected virtual Task VanishAsync(Launch launch, string handle)
    {
        MarkedProcesses.Kill(Mark(launch));
        return Task.CompletedTask;
    }

    /// <summary>Makes a file in the attempt's folder that the process sees.</summary>
    private protected virtual Task TellAsync(Launch launch, string handle, string name)
    {
        var path = Path.Combine(launch.Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        return Task.CompletedTask;
    }

    /// <summary>An attempt that runs <paramref name="script"/> with <paramref name="arguments"/>.</summary>
    private protected virtual Launch Prepare(string script, params string[] arguments)
    {
        var name = $"run-{Guid.NewGuid():N}-1";
        var folder = Path.Combine(Root, $"{++_launches}");
        Directory.CreateDirectory(Path.Combine(folder, Launch.DataName));
        Directory.CreateDirectory(Path.Combine(folder, Launch.OutputName));
        File.WriteAllText(Path.Combine(folder, Launch.ConfigName), "stage: sft\n");
        return new Launch
        {
            RunId = name[4..^2],
            Attempt = 1,
            Name = name,
            Folder = folder,
            Command = ["sh", "-c", script, "sh", .. arguments],
            WorkingDirectory = WorkingDirectory,
            Environment = new Dictionary<string, string> { ["SUITE_MARK"] = $"{_root.Name}/{name}" },
        };
    }

    private protected async Task<(string Handle, Sighting End)> RunAsync(Launch launch)
    {
        var executor = NewExecutor();
        var handle = await StartAsync(executor, launch);
        return (handle, await EndAsync(executor, launch, handle));
    }

    private protected static async Task<string> StartAsync(IExecutor executor, Launch launch)
    {
        var started = await executor.StartAsync(launch, Token);
        Assert.Null(started.Failure);
        return started.Handle!;
    }

    /// <summary>Looks and collects until it has ended, and once after.</summary>
    private protected static async Task<Sighting> EndAsync(IExecutor executor, Launch launch, string handle)
    {
        var last = new Sighting(SightingKind.Unknown);
        await Patience.UntilAsync(async () =>
        {
            last = await executor.LookAsync(launch, handle, Token);
            await executor.CollectAsync(launch, handle, Token);
            return last.Kind is SightingKind.Ended or SightingKind.Gone;
        }, () => $"Not ended: {last}");
        await executor.CollectAsync(launch, handle, Token);
        return last;
    }

    private protected Task PrintsAsync(Launch launch, string handle, string text)
    {
        var executor = NewExecutor();
        return Patience.UntilAsync(async () =>
        {
            await executor.CollectAsync(launch, handle, Token);
            return File.Exists(launch.OutputFile)
                && (await File.ReadAllTextAsync(launch.OutputFile, Token)).Contains(text, StringComparison.Ordinal);
        }, () => $"'{text}' was not printed.");
    }

    private static string Mark(Launch launch) => launch.Environment["SUITE_MARK"];

    private static Task DiesAsync(Launch launch) => Patience.UntilAsync(
        () => Task.FromResult(MarkedProcesses.Find(Mark(launch)).Count == 0),
        () => $"Still alive: {string.Join(", ", MarkedProcesses.Find(Mark(launch)))}");
}
