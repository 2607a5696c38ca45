using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Server.Features.Runs.Executors;
using Slipway.Server.Features.Runs.Executors.Slurm;

namespace Slipway.Server.Tests.Features.Runs.Executors.Slurm;

/// <summary>Answers that one small cluster does not give: programs that say what was recorded elsewhere.</summary>
public sealed class SlurmLinesTests : IDisposable
{
    private const string NoAccounts = "echo 'Slurm accounting storage is disabled' >&2; exit 1";
    private const string NoJob = "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("slipway-slurm-lines-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("PENDING|Resources", "Waiting", "PENDING (Resources)")]
    [InlineData("PENDING|QOSMaxGRESPerUser", "Waiting", "PENDING (QOSMaxGRESPerUser)")]
    [InlineData("CONFIGURING|None", "Waiting", "CONFIGURING")]
    [InlineData("REQUEUED|None", "Waiting", "REQUEUED")]
    [InlineData("RUNNING|None", "Running", null)]
    [InlineData("COMPLETING|None", "Running", null)]
    [InlineData("SUSPENDED|None", "Running", "SUSPENDED")]
    [InlineData("SOMETHING_NEW|Whatever", "Unknown", "SOMETHING_NEW (Whatever)")]
    public async Task A_state_of_the_queue_is_read(string state, string kind, string? words)
    {
        var executor = Executor(squeue: $"echo '3|RUNNING|None|N/A|N/A'; echo '7|{state}|2026-01-02T03:04:05|N/A'");

        var sighting = await executor.LookAsync(Launch(), "7", Token);

        Assert.Equal((kind, words), ($"{sighting.Kind}", sighting.Words));
    }

    [Theory]
    [InlineData("FAILED", "NonZeroExitCode", "7:0", 7, null)]
    [InlineData("TIMEOUT", "TimeLimit", "0:15", 143, "TIMEOUT (TimeLimit)")]
    [InlineData("FAILED", "JobLaunchFailure", "0:11", 139, "FAILED (JobLaunchFailure)")]
    [InlineData("OUT_OF_MEMORY", "OutOfMemory", "0:125", null, "OUT_OF_MEMORY (OutOfMemory)")]
    [InlineData("NODE_FAIL", "NodeDown", "0:0", null, "NODE_FAIL (NodeDown)")]
    [InlineData("COMPLETED", "None", "0:0", 0, null)]
    public async Task The_controller_tells_how_a_job_ended(string state, string reason, string code, int? expected, string? words)
    {
        var executor = Executor(
            squeue: $"echo '7|{state}|{reason}|2026-01-02T03:04:05|2026-01-02T04:04:05'",
            scontrol: $"echo 'JobId=7 JobName=a ExitCodes UserId=root(0) JobState={state} Reason={reason} Requeue=0 ExitCode={code} "
                + "StartTime=2026-01-02T03:04:05 EndTime=2026-01-02T04:04:05 Command=/x JobState=RUNNING ExitCode=1:0'");

        var sighting = await executor.LookAsync(Launch(), "7", Token);

        Assert.Equal((SightingKind.Ended, expected, words), (sighting.Kind, sighting.ExitCode, sighting.Words));
        Assert.Equal(TimeSpan.FromHours(1), sighting.EndedAt - sighting.StartedAt);
    }

    [Fact]
    public async Task A_cancelled_job_has_the_code_of_its_trap()
    {
        var executor = Executor(
            squeue: "echo '7|CANCELLED|None|2026-01-02T03:04:05|2026-01-02T04:04:05'",
            scontrol: "echo 'JobId=7 JobState=CANCELLED Reason=None ExitCode=9:0'");

        var sighting = await executor.LookAsync(Launch(), "7", Token);

        Assert.Equal((SightingKind.Ended, 9, true), (sighting.Kind, sighting.ExitCode, sighting.IsCancelled));
    }

    [Fact]
    public async Task Of_a_forgotten_job_the_accounts_tell()
    {
        var executor = Executor(squeue: NoJob, sacct: "echo '7|CANCELLED by 1000|0:15|2026-01-02T03:04:05|2026-01-02T04:04:05|None'");

        var sighting = await executor.LookAsync(Launch(), "7", Token);

        Assert.Equal((SightingKind.Ended, 143, true), (sighting.Kind, sighting.ExitCode, sighting.IsCancelled));
    }

    [Theory]
    [InlineData("42", "Ended", 42)]
    [InlineData(null, "Gone", null)]
    [InlineData("no number", "Gone", null)]
    public async Task Without_accounts_the_file_tells(string? exit, string kind, int? code)
    {
        var launch = Launch();
        if (exit is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(launch.Folder, "exit"), exit, Token);
        }

        var sighting = await Executor(squeue: NoJob, sacct: NoAccounts).LookAsync(launch, "7", Token);

        Assert.Equal((kind, code), ($"{sighting.Kind}", sighting.ExitCode));
    }

    [Theory]
    [InlineData("echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1", "Unable to contact")]
    [InlineData("exec sleep 60", "has not ended after 1 seconds", 1)]
    [InlineData("exec cat /dev/zero", "says more than")]
    [InlineData("exit 3", "exit code 3")]
    public async Task Where_the_cluster_does_not_answer_nothing_is_known(string squeue, string words, int seconds = 60)
    {
        var sighting = await Executor(squeue, seconds: seconds).LookAsync(Launch(), "7", Token);

        Assert.Equal(SightingKind.Unknown, sighting.Kind);
        Assert.Contains(words, sighting.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accounts_that_do_not_answer_leave_everything_open()
    {
        var executor = Executor(squeue: NoJob, sacct: "echo 'sacct: error: Problem talking to the database: Connection refused' >&2; exit 1");

        var sighting = await executor.LookAsync(Launch(), "7", Token);

        Assert.Equal(SightingKind.Unknown, sighting.Kind);
    }

    [Fact]
    public async Task All_jobs_are_asked_about_at_once_and_not_more_often_than_the_pace()
    {
        var executor = Executor(squeue: $"echo \"$3 $4\" >>{_root.FullName}/asked; echo '7|RUNNING|None|N/A|N/A'; echo '8|RUNNING|None|N/A|N/A'");
        var launch = Launch();

        var first = await executor.LookAsync(launch, "7", Token);
        var second = await executor.LookAsync(launch, "8", Token);
        await executor.LookAsync(launch, "7", Token);

        Assert.Equal((SightingKind.Running, SightingKind.Unknown), (first.Kind, second.Kind));
        Assert.Single(await File.ReadAllLinesAsync(Path.Combine(_root.FullName, "asked"), Token));
    }

    [Fact]
    public async Task A_submission_that_broke_off_is_looked_for_before_it_is_refused()
    {
        var launch = Launch();
        var executor = Executor(
            squeue: "echo '12|PENDING|None|N/A|N/A'",
            sbatch: "echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1");

        var started = await executor.StartAsync(launch, Token);

        Assert.Equal("12", started.Handle);
    }

    [Fact]
    public async Task A_cluster_in_another_name_is_left_out_of_the_handle()
    {
        var executor = Executor(sbatch: "echo '34;north'", squeue: "exit 0");

        var started = await executor.StartAsync(Launch(), Token);

        Assert.Equal("34", started.Handle);
    }

    [Fact]
    public async Task Programs_that_are_not_there_are_named_with_the_remedy()
    {
        var options = new SlurmOptions { Sbatch = "/nowhere/sbatch", Scontrol = "/nowhere/scontrol" };

        var check = await Executor(options).CheckAsync(Token);
        var started = await Executor(options).StartAsync(Launch(), Token);

        Assert.Contains("'/nowhere/scontrol'", check, StringComparison.Ordinal);
        Assert.Contains("Training:Slurm", started.Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--exclusive", true)]
    [InlineData("--reservation=night shift", true)]
    [InlineData("--job-name=x", false)]
    [InlineData("-p", false)]
    [InlineData("x", false)]
    [InlineData("--a=b\nc", false)]
    public void Extra_options_must_not_break_what_finds_jobs_again(string option, bool isGood)
    {
        var result = new SlurmExtraOptionsValidator().Validate(null, new SlurmOptions { ExtraOptions = [option] });

        Assert.Equal(isGood, result.Succeeded);
    }

    public void Dispose() => _root.Delete(recursive: true);

    private SlurmExecutor Executor(
        string squeue, string scontrol = "exit 1", string sacct = NoAccounts, string sbatch = "exit 1", int seconds = 60) =>
        Executor(new SlurmOptions
        {
            Squeue = Program("squeue", squeue),
            Scontrol = Program("scontrol", scontrol),
            Sacct = Program("sacct", sacct),
            Sbatch = Program("sbatch", sbatch),
            Pace = TimeSpan.FromMinutes(1),
            Timeout = TimeSpan.FromSeconds(seconds),
        });

    private static SlurmExecutor Executor(SlurmOptions settings)
    {
        var options = Microsoft.Extensions.Options.Options.Create(settings);
        return new SlurmExecutor(new JobQueue(options, TimeProvider.System), options, NullLogger<SlurmExecutor>.Instance);
    }

    private string Program(string name, string script)
    {
        var path = Path.Combine(_root.FullName, name);
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        HostProgram.SetMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private Launch Launch() => new()
    {
        RunId = "8f0c",
        Attempt = 1,
        Name = "run-8f0c-1",
        Folder = _root.CreateSubdirectory("attempt").FullName,
        Command = ["true"],
        WorkingDirectory = "/",
        Environment = new Dictionary<string, string>(),
    };
}
