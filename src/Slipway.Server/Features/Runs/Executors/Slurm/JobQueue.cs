namespace Slipway.Server.Features.Runs.Executors.Slurm;

/// <summary>What the cluster says of jobs.</summary>
/// <param name="Jobs">By id; a job that ended a while ago is not among them.</param>
/// <param name="Failure">Why nothing is known.</param>
internal sealed record JobQueueLook(IReadOnlyDictionary<string, JobView> Jobs, string? Failure);

/// <summary>Asks Slurm about jobs. The text formats are the stable ones; the JSON differs from release to release.</summary>
internal sealed class JobQueue(IOptions<SlurmOptions> options, TimeProvider clock) : IDisposable
{
    private const string NoSuchJob = "Invalid job id";
    private const string NoAccounting = "accounting storage is disabled";

    private readonly SlurmOptions _options = options.Value;
    private SharedLook<JobQueueLook>? _look;

    /// <summary>All jobs that are of interest, in one question; null when the next one is not due yet.</summary>
    public Task<JobQueueLook?> LookAsync(string id, CancellationToken cancellationToken) =>
        LazyInitializer.EnsureInitialized(ref _look, () => new SharedLook<JobQueueLook>(_options.Pace, clock, AskAsync))
            .LookAsync(id, cancellationToken);

    /// <summary>The queue as it is now.</summary>
    public Task<JobQueueLook> AskAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        AskAsync($"--jobs={string.Join(',', ids)}", cancellationToken);

    /// <summary>The jobs of a name, those that have ended too.</summary>
    public Task<JobQueueLook> FindAsync(string name, CancellationToken cancellationToken) => AskAsync($"--name={name}", cancellationToken);

    /// <summary>What the controller knows of an ended job; null when it knows nothing any more.</summary>
    public async Task<JobView?> DescribeAsync(string id, CancellationToken cancellationToken)
    {
        var answer = await RunAsync(_options.Scontrol, ["-o", "show", "job", id], cancellationToken);
        return answer.IsGood
            ? JobView.FromRecordLine(answer.Output, clock.LocalTimeZone)
            : answer.Error.Contains(NoSuchJob, StringComparison.Ordinal) ? null : throw Unreachable(answer);
    }

    /// <summary>What the accounts say of a job; null when they say nothing, or there are none.</summary>
    public async Task<JobView?> RecallAsync(string id, CancellationToken cancellationToken)
    {
        var answer = await RunAsync(
            _options.Sacct, ["-j", id, "-X", "-P", "-n", "-o", JobView.RecordFormat], cancellationToken);
        return answer.IsGood
            ? answer.Output.Split('\n').Select(line => JobView.FromRecord(line, clock.LocalTimeZone)).LastOrDefault(job => job?.Id == id)
            : answer.IsMissing || answer.Error.Contains(NoAccounting, StringComparison.Ordinal) ? null : throw Unreachable(answer);
    }

    /// <summary>Why the cluster cannot be used; null when it can.</summary>
    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        var answer = await RunAsync(_options.Scontrol, ["ping"], cancellationToken);
        return answer.Output.Contains(" is UP", StringComparison.Ordinal)
            ? null
            : answer.IsMissing
                ? $"{answer.Error} Install Slurm's client programs, or say where they are in Training:Slurm."
                : $"Slurm's controller does not answer: {(answer.Output + answer.Error).Trim()}";
    }

    public Task<SlurmAnswer> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        SlurmProgram.RunAsync(program, arguments, _options.Timeout, cancellationToken);

    public void Dispose() => _look?.Dispose();

    private async Task<JobQueueLook> AskAsync(string which, CancellationToken cancellationToken)
    {
        var answer = await RunAsync(_options.Squeue, ["-h", "-t", "all", which, "-o", JobView.RowFormat], cancellationToken);
        if (!answer.IsGood && !answer.Error.Contains(NoSuchJob, StringComparison.Ordinal))
        {
            return new JobQueueLook(new Dictionary<string, JobView>(), Unreachable(answer).Message);
        }
        var jobs = new Dictionary<string, JobView>();
        foreach (var line in answer.Output.Split('\n'))
        {
            if (JobView.FromRow(line, clock.LocalTimeZone) is { } job)
            {
                jobs[job.Id] = job;
            }
        }
        return new JobQueueLook(jobs, null);
    }

    private static ExecutorUnreachableException Unreachable(SlurmAnswer answer) =>
        new($"Slurm does not answer: {(answer.Error.Length > 0 ? answer.Error : $"exit code {answer.ExitCode}")}");
}
