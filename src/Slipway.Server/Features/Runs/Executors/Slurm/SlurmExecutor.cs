using Slipway.Server.Processes;

namespace Slipway.Server.Features.Runs.Executors.Slurm;

/// <summary>
/// Gives attempts to a Slurm cluster. Attempts' folders must be on a file system that the nodes see under the same path: the job
/// writes its output and its exit code there.
/// </summary>
/// <remarks>
/// Calls throw <see cref="ExecutorUnreachableException"/> where the cluster does not answer. A job that ended without telling
/// how (a lost node, a deadline) is <see cref="SightingKind.Ended"/> without an exit code.
/// </remarks>
internal sealed partial class SlurmExecutor(JobQueue queue, IOptions<SlurmOptions> options, ILogger<SlurmExecutor> logger) : IExecutor
{
    private static readonly HashSet<string> WaitingStates =
        ["PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESV_DEL_HOLD", "SPECIAL_EXIT", "EXPEDITING"];

    private static readonly HashSet<string> RunningStates =
        ["RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING", "SUSPENDED", "STOPPED", "RESIZING"];

    private static readonly HashSet<string> CancelledStates = ["CANCELLED", "REVOKED"];

    private static readonly HashSet<string> EndedStates =
    [
        "COMPLETED", "FAILED", "TIMEOUT", "NODE_FAIL", "PREEMPTED", "BOOT_FAIL", "DEADLINE", "OUT_OF_MEMORY", "LAUNCH_FAILED",
        "RECONFIG_FAIL", .. CancelledStates,
    ];

    public string Name => "slurm";

    public bool HasOwnQueue => true;

    public IReadOnlyCollection<string> ParameterNames => SlurmRequest.ParameterNames;

    public TimeSpan Pace => options.Value.Pace;

    public Task<string?> CheckAsync(CancellationToken cancellationToken) => queue.CheckAsync(cancellationToken);

    public string? FaultOf(Launch launch) => SlurmRequest.FaultOf(launch) ?? JobScript.FaultOf(launch);

    public string Describe(Launch launch) =>
        ShellWords.Join(["sbatch", .. SlurmRequest.OptionsFor(launch, options.Value), "--", .. launch.CommandIn(launch.Folder)]);

    public async Task<Started> StartAsync(Launch launch, CancellationToken cancellationToken)
    {
        if (FaultOf(launch) is { } fault)
        {
            return Started.Refused(fault);
        }
        await using var submission = await JobSubmission.BeginAsync(launch, cancellationToken);
        return await submission.FindAsync(queue, cancellationToken) is { } id
            ? Started.As(id)
            : await submission.SubmitAsync(queue, options.Value, cancellationToken);
    }

    public async Task<Sighting> LookAsync(Launch launch, string handle, CancellationToken cancellationToken)
    {
        if (await queue.LookAsync(handle, cancellationToken) is not { } look)
        {
            return new Sighting(SightingKind.Unknown) { ExternalId = handle };
        }
        if (look.Failure is { } failure)
        {
            return new Sighting(SightingKind.Unknown) { ExternalId = handle, Words = failure };
        }
        try
        {
            return look.Jobs.TryGetValue(handle, out var job)
                ? await SightAsync(launch, job, cancellationToken)
                : await RecallAsync(launch, handle, cancellationToken);
        }
        catch (ExecutorUnreachableException exception)
        {
            return new Sighting(SightingKind.Unknown) { ExternalId = handle, Words = exception.Message };
        }
    }

    /// <summary>The job writes to <see cref="Launch.OutputFile"/> itself.</summary>
    public Task CollectAsync(Launch launch, string handle, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The job writes to <see cref="Launch.OutputFolder"/> itself.</summary>
    public Task FetchOutputAsync(Launch launch, string handle, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// A running job's script is asked to pass the signal on, so that it can note how the program ended; Slurm's own way ends
    /// the script too after its KillWait. That follows when the script does not hear, or with <paramref name="force"/>.
    /// </summary>
    public async Task StopAsync(Launch launch, string handle, bool force, CancellationToken cancellationToken)
    {
        var look = await queue.AskAsync([handle], cancellationToken);
        if (look.Failure is { } failure)
        {
            throw new ExecutorUnreachableException(failure);
        }
        if (!look.Jobs.TryGetValue(handle, out var job) || EndedStates.Contains(job.State))
        {
            return;
        }
        var isTold = RunningStates.Contains(job.State)
            && (await ScancelAsync([$"--signal={(force ? "USR2" : "USR1")}", "--batch", handle], cancellationToken)).IsGood;
        if (force || !isTold)
        {
            var answer = await ScancelAsync([handle], cancellationToken);
            if (!answer.IsGood)
            {
                LogNotCancelled(launch.Name, handle, answer.Error);
            }
        }
    }

    /// <summary>Nothing is left outside of the attempt's folder: the job's script killed what the program left running.</summary>
    public Task ForgetAsync(Launch launch, string handle, CancellationToken cancellationToken) => Task.CompletedTask;

    private Task<SlurmAnswer> ScancelAsync(string[] arguments, CancellationToken cancellationToken) =>
        queue.RunAsync(options.Value.Scancel, arguments, cancellationToken);

    private async Task<Sighting> SightAsync(Launch launch, JobView job, CancellationToken cancellationToken)
    {
        if (EndedStates.Contains(job.State))
        {
            return Ended(launch, await queue.DescribeAsync(job.Id, cancellationToken) is { } detail && EndedStates.Contains(detail.State) ? detail : job);
        }
        var kind = WaitingStates.Contains(job.State) ? SightingKind.Waiting
            : RunningStates.Contains(job.State) ? SightingKind.Running
            : SightingKind.Unknown;
        return new Sighting(kind)
        {
            ExternalId = job.Id,
            Words = job.State is "RUNNING" or "COMPLETING" ? null : job.Words,
            StartedAt = kind == SightingKind.Waiting ? null : job.StartedAt,
        };
    }

    /// <summary>The controller has forgotten the job: the accounts, then the file that its script wrote.</summary>
    private async Task<Sighting> RecallAsync(Launch launch, string id, CancellationToken cancellationToken)
    {
        var exit = new ProcessFolder(launch.Folder).ReadExit();
        JobView? job = null;
        try
        {
            job = await queue.RecallAsync(id, cancellationToken);
        }
        catch (ExecutorUnreachableException) when (exit is not null)
        {
        }
        return job is not null && EndedStates.Contains(job.State)
            ? Ended(launch, job)
            : new Sighting(exit is null ? SightingKind.Gone : SightingKind.Ended)
            {
                ExternalId = id,
                ExitCode = exit,
                Words = exit is null ? $"Slurm does not know the job {id} any more, and it left no exit code." : null,
            };
    }

    private static Sighting Ended(Launch launch, JobView job) => new(SightingKind.Ended)
    {
        ExternalId = job.Id,
        ExitCode = new ProcessFolder(launch.Folder).ReadExit() ?? job.ExitCode,
        Words = job.State is "COMPLETED" || (job.State is "FAILED" && job.Reason is "NonZeroExitCode") ? null : job.Words,
        IsCancelled = CancelledStates.Contains(job.State),
        StartedAt = job.StartedAt,
        EndedAt = job.EndedAt,
    };

    [LoggerMessage(2410, LogLevel.Warning, "Slurm does not cancel {Attempt}, job {Job}: {Answer}")]
    private partial void LogNotCancelled(string attempt, string job, string answer);
}
