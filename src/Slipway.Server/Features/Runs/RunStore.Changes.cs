using System.Data.Common;
using Dapper;
using Slipway.Client.Runs;

namespace Slipway.Server.Features.Runs;

/// <summary>How an attempt has ended.</summary>
/// <param name="Status">One of the final states.</param>
/// <param name="Words">One line for the log.</param>
internal sealed record RunEnd(string Status, string Words)
{
    public int? ExitCode { get; init; }

    public string? FailureCode { get; init; }

    public string? FailureReason { get; init; }

    public DateTimeOffset? At { get; init; }

    /// <summary>What else there is to say, in a line of its own.</summary>
    public string? Remark { get; init; }
}

/// <summary>What became of a wish to cancel.</summary>
internal enum CancelOutcome
{
    /// <summary>It had not been started and never will be.</summary>
    Ended,

    /// <summary>Its process is being told.</summary>
    Asked,

    /// <summary>It had ended before.</summary>
    TooLate,

    Unknown,
}

internal sealed partial class RunStore
{
    /// <summary>
    /// Takes a run out of the queue: from here on its attempt may have been started. Returns false when it is no longer in the queue.
    /// Where somebody else gives the machines out, it stays <c>queued</c> until they let it run.
    /// </summary>
    public Task<bool> BeginAsync(RunRow run, string gpuIds, bool staysQueued, string words, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var status = staysQueued ? RunStatuses.Queued : RunStatuses.Starting;
            var connection = transaction.Connection!;
            var isTaken = await connection.ExecuteAsync("""
                update runs set status = @Status, gpu_ids = @GpuIds, waiting_for = null
                where id = @Id and status = 'queued' and cancelled_by is null and attempt = @Attempt
                    and not exists (select 1 from run_attempts where run_id = @Id and number = @Attempt)
                """, new { run.Id, run.Attempt, Status = status, GpuIds = gpuIds }, transaction) > 0
                || (staysQueued && await IsStillQueuedAsync(transaction, run));
            if (!isTaken)
            {
                return false;
            }
            await connection.ExecuteAsync("""
                insert into run_attempts (run_id, number, phase, resumes, log_lines, stop_sent)
                values (@Id, @Attempt, @Phase, @ResumeFrom, 0, 0)
                """, new { run.Id, run.Attempt, Phase = AttemptPhases.Launching, run.ResumeFrom }, transaction);
            await AppendAsync(transaction, run, new RunEvent(words, Status: staysQueued ? null : status));
            return true;
        }, cancellationToken);

    public Task LaunchedAsync(RunRow run, string handle, CancellationToken cancellationToken) =>
        database.WriteAsync(transaction => transaction.Connection!.ExecuteAsync(
            "update run_attempts set handle = @Handle, phase = @Phase where run_id = @Id and number = @Attempt and phase = 'launching'",
            new { run.Id, run.Attempt, Handle = handle, Phase = AttemptPhases.Launched }, transaction), cancellationToken);

    /// <summary>It has left nothing behind any more.</summary>
    public Task ForgottenAsync(RunRow run, CancellationToken cancellationToken) =>
        database.WriteAsync(transaction => transaction.Connection!.ExecuteAsync(
            "update run_attempts set phase = @Phase where run_id = @Id and number = @Attempt",
            new { run.Id, run.Attempt, Phase = AttemptPhases.Forgotten }, transaction), cancellationToken);

    /// <summary>It is about to be told to end.</summary>
    public Task StoppingAsync(RunRow run, CancellationToken cancellationToken) =>
        database.WriteAsync(transaction => transaction.Connection!.ExecuteAsync(
            "update run_attempts set stop_sent = 1 where run_id = @Id and number = @Attempt", new { run.Id, run.Attempt }, transaction), cancellationToken);

    /// <summary>It really runs. Does nothing when that is known.</summary>
    public Task RunningAsync(RunRow run, int? pid, string? externalId, DateTimeOffset? since, string words, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var now = clock.GetUtcNow();
            var parameters = new
            {
                run.Id,
                run.Attempt,
                Pid = (long?)pid,
                ExternalId = externalId,
                At = (since ?? now).ToUnixTimeMilliseconds(),
            };
            var connection = transaction.Connection!;
            var before = await connection.ExecuteScalarAsync<string?>(
                "select status from runs where id = @Id and attempt = @Attempt", parameters, transaction);
            if (before is not (RunStatuses.Queued or RunStatuses.Starting))
            {
                return 0;
            }
            await connection.ExecuteAsync("""
                update runs set status = 'running', waiting_for = null, pid = @Pid, external_id = coalesce(@ExternalId, external_id),
                    started_at = @At
                where id = @Id
                """, parameters, transaction);
            await connection.ExecuteAsync(
                "update run_attempts set started_at = @At where run_id = @Id and number = @Attempt", parameters, transaction);
            RunEvent[] passed = before == RunStatuses.Queued ? [new RunEvent("starting", Status: RunStatuses.Starting)] : [];
            await AppendAsync(transaction, run, [.. passed, new RunEvent(words, Status: RunStatuses.Running)]);
            return 1;
        }, cancellationToken);

    /// <summary>What runs in the queue wait for, for many at once: their own transactions would each be synced.</summary>
    public Task WaitingAsync(IReadOnlyCollection<QueuedRun> runs, CancellationToken cancellationToken) =>
        runs.Count == 0 ? Task.CompletedTask : database.WriteAsync(transaction => transaction.Connection!.ExecuteAsync(
            "update runs set waiting_for = @WaitingFor where id = @Id and attempt = @Attempt and status = 'queued'", runs, transaction), cancellationToken);

    public Task WaitingAsync(RunRow run, string? reason, string? externalId, CancellationToken cancellationToken) =>
        database.WriteAsync(transaction => transaction.Connection!.ExecuteAsync("""
            update runs set waiting_for = @Reason, external_id = coalesce(@ExternalId, external_id)
            where id = @Id and attempt = @Attempt and status in ('queued', 'starting', 'running')
            """, new { run.Id, run.Attempt, Reason = reason, ExternalId = externalId }, transaction), cancellationToken);

    /// <summary>
    /// The end of an attempt, in one transaction with <paramref name="alsoWrite"/>, which gets the run as it is then. Returns false
    /// when it had ended before: then nothing is written.
    /// </summary>
    public Task<bool> EndAsync(RunRow run, RunEnd end, Func<DbTransaction, RunRow, Task> alsoWrite, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var at = (end.At ?? clock.GetUtcNow()).ToUnixTimeMilliseconds();
            var parameters = new
            {
                run.Id,
                run.Attempt,
                end.Status,
                At = at,
                ExitCode = (long?)end.ExitCode,
                end.FailureCode,
                end.FailureReason,
            };
            var isEnding = await transaction.Connection!.ExecuteAsync("""
                update runs set status = @Status, finished_at = @At, exit_code = @ExitCode, failure_code = @FailureCode,
                    failure_reason = @FailureReason, pid = null, waiting_for = null, eta_seconds = null
                where id = @Id and attempt = @Attempt and status in ('queued', 'starting', 'running')
                """, parameters, transaction) == 1;
            if (!isEnding)
            {
                return false;
            }
            await transaction.Connection!.ExecuteAsync("""
                update run_attempts set phase = 'ended', finished_at = @At, exit_code = @ExitCode where run_id = @Id and number = @Attempt
                """, parameters, transaction);
            var level = end.Status is RunStatuses.Succeeded or RunStatuses.Cancelled ? RunEvent.Info : RunEvent.Error;
            RunEvent[] remarks = end.Remark is { } remark ? [new RunEvent(remark, RunEvent.Warning, IsEnding: true)] : [];
            await AppendAsync(transaction, run, [.. remarks, new RunEvent(end.Words, level, end.Status, IsEnding: true)]);
            await alsoWrite(transaction, await transaction.Connection!.QueryFirstAsync<RunRow>(
                $"select {RunRow.Columns} from {RunRow.Tables} where runs.id = @Id", parameters, transaction));
            return true;
        }, cancellationToken);

    /// <summary>Notes the wish; a run that was never begun ends here.</summary>
    public Task<CancelOutcome> CancelAsync(string id, string by, Func<DbTransaction, RunRow, Task> alsoWrite, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var connection = transaction.Connection!;
            var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
            // Locks the row, before anything is decided by it.
            await connection.ExecuteAsync(
                "update runs set cancelled_by = @By where id = @Id and cancelled_by is null and status in ('queued', 'starting', 'running')",
                new { Id = id, By = by }, transaction);
            var run = await connection.QueryFirstOrDefaultAsync<RunRow>(
                $"select {RunRow.Columns} from {RunRow.Tables} where runs.id = @Id", new { Id = id }, transaction);
            if (run is null || run.IsFinal)
            {
                return run is null ? CancelOutcome.Unknown : CancelOutcome.TooLate;
            }
            var wasBegun = await connection.ExecuteScalarAsync<long>(
                "select count(*) from run_attempts where run_id = @Id and number = @Attempt", run, transaction) > 0;
            if (wasBegun)
            {
                return CancelOutcome.Asked;
            }
            await connection.ExecuteAsync(
                "update runs set status = 'cancelled', finished_at = @Now, waiting_for = null where id = @Id", new { Id = id, Now = now }, transaction);
            await AppendAsync(transaction, run, new RunEvent($"cancelled before its start by {by}", Status: RunStatuses.Cancelled, IsEnding: true));
            await alsoWrite(transaction, run with { Status = RunStatuses.Cancelled, FinishedAt = now, CancelledBy = by });
            return CancelOutcome.Ended;
        }, cancellationToken);

    /// <summary>
    /// Puts an ended run into the queue again, as its next attempt, from the last checkpoint of <paramref name="resumeFrom"/> or from
    /// the beginning. Returns false when it has not failed, or was not cancelled or lost.
    /// </summary>
    public Task<bool> RetryAsync(string id, string? resumeFrom, string words, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var isQueued = await transaction.Connection!.ExecuteAsync("""
                update runs set status = 'queued', attempt = attempt + 1, queued_at = @Now, resume_from = @ResumeFrom,
                    progress = 0, step = null, total_steps = null, epoch = null, eta_seconds = null, metrics = '{}', waiting_for = null,
                    pid = null, external_id = null, started_at = null, finished_at = null, exit_code = null, failure_code = null,
                    failure_reason = null, cancelled_by = null, gpu_ids = '[]'
                where id = @Id and status in ('failed', 'cancelled', 'lost')
                """, new { Id = id, Now = clock.GetUtcNow().ToUnixTimeMilliseconds(), ResumeFrom = resumeFrom }, transaction) == 1;
            if (isQueued)
            {
                var attempt = await transaction.Connection!.ExecuteScalarAsync<long>(
                    "select attempt from runs where id = @Id", new { Id = id }, transaction);
                await RunEvent.AppendAsync(transaction, id, attempt, clock.GetUtcNow(), new RunEvent(words, Status: RunStatuses.Queued));
            }
            return isQueued;
        }, cancellationToken);

    private Task AppendAsync(DbTransaction transaction, RunRow run, params IReadOnlyList<RunEvent> events) =>
        RunEvent.AppendAsync(transaction, run.Id, run.Attempt, clock.GetUtcNow(), events);

    // Of a row that an update leaves as it was, not every database says that it was met.
    private static async Task<bool> IsStillQueuedAsync(DbTransaction transaction, RunRow run) =>
        await transaction.Connection!.ExecuteScalarAsync<long>("""
            select count(*) from runs where id = @Id and status = 'queued' and cancelled_by is null and attempt = @Attempt
                and not exists (select 1 from run_attempts where run_id = @Id and number = @Attempt)
            """, run, transaction) == 1;
}
