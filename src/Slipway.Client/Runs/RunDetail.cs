namespace Slipway.Client.Runs;

/// <summary>One training, as it stands now.</summary>
public sealed record RunDetail
{
    /// <summary>A UUID.</summary>
    public required string Id { get; init; }

    public required string ProjectId { get; init; }

    public required string ProjectName { get; init; }

    /// <summary>One of <see cref="RunStatuses"/>.</summary>
    public required string Status { get; init; }

    /// <summary>0 to 1, from what the training writes; 0 while it has written nothing.</summary>
    public required double Progress { get; init; }

    /// <summary>The newest value of every series.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>The command as it really runs.</summary>
    public required string StartCommand { get; init; }

    /// <summary><c>local</c>, <c>docker</c>, <c>slurm</c>, <c>kubernetes</c> or <c>builtin</c>.</summary>
    public required string Executor { get; init; }

    /// <summary>Which GPUs of the server's machine it holds or held.</summary>
    public required IReadOnlyList<int> GpuIds { get; init; }

    /// <summary>On this machine or in the container, while it runs.</summary>
    public int? Pid { get; init; }

    /// <summary>A job's or a pod's id, where somebody else runs it.</summary>
    public string? ExternalId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>As a shell counts it: 128 and the signal's number where a signal ended it.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Why it failed, in words.</summary>
    public string? FailureReason { get; init; }

    /// <summary>The same for programs: <c>exit_nonzero</c>, <c>oom_gpu</c>, <c>start_failed</c>, …</summary>
    public string? FailureCode { get; init; }

    /// <summary>Lines of the log, of all attempts.</summary>
    public required long LogCount { get; init; }

    public required long ArtifactsCount { get; init; }

    /// <summary>From 1; a retry counts up.</summary>
    public required int Attempt { get; init; }

    /// <summary>What a queued run waits for.</summary>
    public string? WaitingFor { get; init; }

    /// <summary>-100 to 100; the higher goes first.</summary>
    public int Priority { get; init; }

    /// <summary>How many it asked for.</summary>
    public int Gpus { get; init; }

    public long? Step { get; init; }

    public long? TotalSteps { get; init; }

    public double? Epoch { get; init; }

    /// <summary>Seconds that are left, by its speed so far.</summary>
    public double? EtaSeconds { get; init; }

    /// <summary>The run whose last checkpoint it went on from.</summary>
    public string? ResumeFrom { get; init; }

    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Which dataset, in which version.</summary>
    public string? Dataset { get; init; }

    /// <summary>Which configuration, in which version; the run keeps its exact text.</summary>
    public string? TrainingConfig { get; init; }
}

/// <summary>The values of <see cref="RunDetail.Status"/>. They go forward only, until a retry begins another attempt.</summary>
public static class RunStatuses
{
    public const string Queued = "queued";
    public const string Starting = "starting";
    public const string Running = "running";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";

    /// <summary>It vanished without a trace of how it ended.</summary>
    public const string Lost = "lost";

    /// <summary>Whether nothing happens any more.</summary>
    public static bool IsFinal(string status) => status is Succeeded or Failed or Cancelled or Lost;
}

/// <summary>A run to start; with nothing given, the server's defaults.</summary>
public sealed record StartRunRequest
{
    /// <summary><c>local</c>, <c>docker</c>, <c>slurm</c>, <c>kubernetes</c> or <c>builtin</c>; null takes the server's default.</summary>
    public string? Executor { get; init; }

    /// <summary>Environment variables of the process, at most 256.</summary>
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <summary>How many it needs, 0 to 1024.</summary>
    public int? Gpus { get; init; }

    /// <summary>A run whose last checkpoint to go on from.</summary>
    public string? ResumeFrom { get; init; }

    /// <summary>Settings over those of the configuration (<c>learning_rate</c>), or of the executor (<c>container</c>, <c>partition</c>, <c>image</c>).</summary>
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    /// <summary>-100 to 100, 0 if null; the higher goes first.</summary>
    public int? Priority { get; init; }
}

/// <summary>How to try a run again.</summary>
public sealed record RetryRunRequest
{
    /// <summary>Goes on from the last checkpoint where there is one; true if null.</summary>
    public bool? Resume { get; init; }
}
