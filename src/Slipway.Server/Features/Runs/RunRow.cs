using System.Globalization;
using System.Text.Json;
using Slipway.Client.Runs;

namespace Slipway.Server.Features.Runs;

/// <summary>A row of <c>runs</c>, with its project's name.</summary>
internal sealed record RunRow
{
    public const string Columns = """
        runs.id as Id, runs.project_id as ProjectId, projects.name as ProjectName, runs.owner as Owner, runs.status as Status,
        runs.executor as Executor, runs.priority as Priority, runs.gpus as Gpus, runs.gpu_ids as GpuIds,
        runs.environment as Environment, runs.parameters as Parameters, runs.command as Command, runs.start_command as StartCommand,
        runs.dataset_id as DatasetId, runs.dataset as Dataset, runs.training_config as TrainingConfig, runs.resume_from as ResumeFrom,
        runs.token_hash as TokenHash, runs.attempt as Attempt, runs.progress as Progress, runs.step as Step,
        runs.total_steps as TotalSteps, runs.epoch as Epoch, runs.eta_seconds as EtaSeconds, runs.metrics as Metrics,
        runs.log_count as LogCount, runs.artifacts_count as ArtifactsCount, runs.waiting_for as WaitingFor, runs.pid as Pid,
        runs.external_id as ExternalId, runs.created_at as CreatedAt, runs.queued_at as QueuedAt, runs.started_at as StartedAt,
        runs.finished_at as FinishedAt, runs.exit_code as ExitCode, runs.failure_code as FailureCode,
        runs.failure_reason as FailureReason, runs.cancelled_by as CancelledBy
        """;

    /// <summary>What <see cref="Columns"/> are read from.</summary>
    public const string Tables = "runs join projects on projects.id = runs.project_id";

    public string Id { get; init; } = "";

    public string ProjectId { get; init; } = "";

    public string ProjectName { get; init; } = "";

    /// <summary>The data folder that holds the run.</summary>
    public string Owner { get; init; } = "";

    public string Status { get; init; } = "";

    public string Executor { get; init; } = "";

    public long Priority { get; init; }

    public long Gpus { get; init; }

    public string GpuIds { get; init; } = "[]";

    public string Environment { get; init; } = "{}";

    public string Parameters { get; init; } = "{}";

    public string Command { get; init; } = "[]";

    public string StartCommand { get; init; } = "";

    public string? DatasetId { get; init; }

    public string? Dataset { get; init; }

    public string? TrainingConfig { get; init; }

    public string? ResumeFrom { get; init; }

    /// <summary>Of the token with which the run itself reports its progress: SHA-256 in hexadecimal.</summary>
    public string TokenHash { get; init; } = "";

    public long Attempt { get; init; }

    public double Progress { get; init; }

    public long? Step { get; init; }

    public long? TotalSteps { get; init; }

    public double? Epoch { get; init; }

    public double? EtaSeconds { get; init; }

    public string Metrics { get; init; } = "{}";

    public long LogCount { get; init; }

    public long ArtifactsCount { get; init; }

    public string? WaitingFor { get; init; }

    public long? Pid { get; init; }

    public string? ExternalId { get; init; }

    public long CreatedAt { get; init; }

    public long QueuedAt { get; init; }

    public long? StartedAt { get; init; }

    public long? FinishedAt { get; init; }

    public long? ExitCode { get; init; }

    public string? FailureCode { get; init; }

    public string? FailureReason { get; init; }

    /// <summary>Who asked for the end of the current attempt; null while nobody has.</summary>
    public string? CancelledBy { get; init; }

    public bool IsFinal => RunStatuses.IsFinal(Status);

    public IReadOnlyList<int> GpuList => JsonSerializer.Deserialize<int[]>(GpuIds)!;

    public IReadOnlyList<string> CommandList => JsonSerializer.Deserialize<string[]>(Command)!;

    public IReadOnlyDictionary<string, string> EnvironmentMap => JsonSerializer.Deserialize<Dictionary<string, string>>(Environment)!;

    public IReadOnlyDictionary<string, string> ParameterMap => JsonSerializer.Deserialize<Dictionary<string, string>>(Parameters)!;

    public IReadOnlyDictionary<string, double> MetricMap => JsonSerializer.Deserialize<Dictionary<string, double>>(Metrics)!;

    public RunDetail ToDetail() => new()
    {
        Id = Id,
        ProjectId = ProjectId,
        ProjectName = ProjectName,
        Status = Status,
        Progress = Progress,
        Metrics = MetricMap,
        StartCommand = StartCommand,
        Executor = Executor,
        GpuIds = GpuList,
        Pid = (int?)Pid,
        ExternalId = ExternalId,
        CreatedAt = Time(CreatedAt)!.Value,
        StartedAt = Time(StartedAt),
        FinishedAt = Time(FinishedAt),
        ExitCode = (int?)ExitCode,
        FailureReason = FailureReason,
        FailureCode = FailureCode,
        LogCount = LogCount,
        ArtifactsCount = ArtifactsCount,
        Attempt = (int)Attempt,
        WaitingFor = WaitingFor,
        Priority = (int)Priority,
        Gpus = (int)Gpus,
        Step = Step,
        TotalSteps = TotalSteps,
        Epoch = Epoch,
        EtaSeconds = EtaSeconds,
        ResumeFrom = ResumeFrom,
        Parameters = ParameterMap,
        Dataset = Dataset,
        TrainingConfig = TrainingConfig,
    };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"run {Id}, attempt {Attempt}, {Status}");

    private static DateTimeOffset? Time(long? milliseconds) =>
        milliseconds is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}

/// <summary>What the queue looks at of a run: it is read each second, however long it is.</summary>
internal sealed record QueuedRun
{
    public const string Columns = "id as Id, attempt as Attempt, executor as Executor, gpus as Gpus, waiting_for as WaitingFor";

    public string Id { get; init; } = "";

    public long Attempt { get; init; }

    public string Executor { get; init; } = "";

    public long Gpus { get; init; }

    public string? WaitingFor { get; init; }
}

/// <summary>A row of <c>run_attempts</c>.</summary>
internal sealed record AttemptRow
{
    public const string Columns = """
        run_id as RunId, number as Number, phase as Phase, handle as Handle, resumes as Resumes, started_at as StartedAt,
        finished_at as FinishedAt, exit_code as ExitCode, log_lines as LogLines, reader as Reader, stop_sent as StopSent
        """;

    public string RunId { get; init; } = "";

    public long Number { get; init; }

    /// <summary>One of <see cref="AttemptPhases"/>.</summary>
    public string Phase { get; init; } = "";

    /// <summary>What its executor finds it by; null until the start is known to have happened.</summary>
    public string? Handle { get; init; }

    /// <summary>The run whose checkpoint it goes on from; its own id for its attempt before.</summary>
    public string? Resumes { get; init; }

    public long? StartedAt { get; init; }

    public long? FinishedAt { get; init; }

    public long? ExitCode { get; init; }

    /// <summary>Of its output, as far as it was read.</summary>
    public long LogLines { get; init; }

    /// <summary>How far its files were read for figures, and what is known from them: <see cref="Metrics.ReaderState"/> as JSON.</summary>
    public string? Reader { get; init; }

    /// <summary>Whether it was told to end: what it does from then on is not its own will.</summary>
    public long StopSent { get; init; }

    public bool HasEnded => Phase is AttemptPhases.Ended or AttemptPhases.Forgotten;
}

/// <summary>The values of <see cref="AttemptRow.Phase"/>.</summary>
internal static class AttemptPhases
{
    /// <summary>It may have been started, or not.</summary>
    public const string Launching = "launching";

    public const string Launched = "launched";

    /// <summary>Its end is written down; what it has left outside of its folder may still be there.</summary>
    public const string Ended = "ended";

    /// <summary>Nothing is left of it but its folder.</summary>
    public const string Forgotten = "forgotten";
}
