using System.Data.Common;
using Dapper;
using Slipway.Client.Runs;
using Slipway.Server.Platform.Database;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Runs;

/// <summary>Which runs to list.</summary>
internal sealed record RunFilter
{
    public string? ProjectId { get; init; }

    public string? Status { get; init; }

    public string? Executor { get; init; }

    /// <summary>What is asked of a row of <c>runs</c>; for each set of filters there is an index that holds all of it.</summary>
    public string Condition => string.Join(" and ",
    [
        "1 = 1",
        .. ProjectId is null ? Array.Empty<string>() : ["runs.project_id = @ProjectId"],
        .. Status is null ? Array.Empty<string>() : ["runs.status = @Status"],
        .. Executor is null ? Array.Empty<string>() : ["runs.executor = @Executor"],
    ]);
}

/// <summary>All SQL about runs, their attempts and their events.</summary>
internal sealed partial class RunStore(ServerDatabase database, TimeProvider clock)
{
    private static readonly string[] Details = ["artifacts", "run_metrics", "run_events", "run_attempts"];

    /// <summary>Adds a queued run. Its project may have gone or been archived meanwhile: returns false then.</summary>
    public Task<bool> AddAsync(RunRow run, string firstEvent, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            // Locks the project: it is not removed in between.
            await transaction.Connection!.ExecuteAsync("update projects set status = status where id = @ProjectId", run, transaction);
            var isThere = await transaction.Connection!.ExecuteScalarAsync<long>(
                "select count(*) from projects where id = @ProjectId and status = 'active'", run, transaction) == 1;
            var added = isThere && await transaction.Connection!.ExecuteAsync("""
                insert into runs (id, project_id, owner, status, executor, priority, gpus, gpu_ids, environment, parameters, command,
                    start_command, dataset_id, dataset, training_config, resume_from, token_hash, attempt, progress, metrics, log_count,
                    artifacts_count, created_at, queued_at)
                values (@Id, @ProjectId, @Owner, @Status, @Executor, @Priority, @Gpus, @GpuIds, @Environment, @Parameters, @Command,
                    @StartCommand, @DatasetId, @Dataset, @TrainingConfig, @ResumeFrom, @TokenHash, 1, 0, '{}', 0, 0, @CreatedAt, @QueuedAt)
                """, run, transaction) == 1;
            if (added)
            {
                await RunEvent.AppendAsync(
                    transaction, run.Id, 1, clock.GetUtcNow(), new RunEvent(firstEvent, Status: RunStatuses.Queued));
            }
            return added;
        }, cancellationToken);

    public Task<RunRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.QueryFirstOrDefaultAsync<RunRow?>(
            $"select {RunRow.Columns} from {RunRow.Tables} where runs.id = @Id", new { Id = id }), cancellationToken);

    /// <summary>The newest first.</summary>
    public Task<(long Total, IReadOnlyList<RunRow> Runs)> ListAsync(RunFilter filter, Page page, CancellationToken cancellationToken)
    {
        var where = filter.Condition;
        var parameters = new { filter.ProjectId, filter.Status, filter.Executor, page.Limit, page.Offset };
        return database.ReadAsync(async connection =>
        {
            var total = await connection.ExecuteScalarAsync<long>($"select count(*) from runs where {where}", parameters);
            // The page is found in an index of its own; only its rows are then read whole.
            var rows = await connection.QueryAsync<RunRow>($"""
                select {RunRow.Columns} from (
                    select id from runs where {where} order by created_at desc, id desc limit @Limit offset @Offset
                ) page join runs on runs.id = page.id join projects on projects.id = runs.project_id
                order by runs.created_at desc, runs.id desc
                """, parameters);
            return (total, (IReadOnlyList<RunRow>)rows.AsList());
        }, cancellationToken);
    }

    public Task<List<RunEventRow>> EventsAsync(string id, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection => (await connection.QueryAsync<RunEventRow>(
            $"select {RunEventRow.Columns} from run_events where run_id = @Id order by number", new { Id = id })).AsList(), cancellationToken);

    public Task<List<AttemptRow>> AttemptsAsync(string id, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection => (await connection.QueryAsync<AttemptRow>(
            $"select {AttemptRow.Columns} from run_attempts where run_id = @Id order by number", new { Id = id })).AsList(), cancellationToken);

    /// <summary>Runs of this server that wait for their start, the first in turn first.</summary>
    public Task<List<QueuedRun>> QueueAsync(string owner, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection => (await connection.QueryAsync<QueuedRun>($"""
            select {QueuedRun.Columns} from runs
            where status = 'queued' and owner = @Owner
                and not exists (select 1 from run_attempts where run_id = runs.id and number = runs.attempt)
            order by priority desc, queued_at, id
            """, new { Owner = owner })).AsList(), cancellationToken);

    /// <summary>
    /// Attempts of this server that were begun and are not done with, each as its run: those that have not ended, and those that may
    /// have left something behind, of which some are no longer their run's last.
    /// </summary>
    public Task<List<RunRow>> BegunAsync(string owner, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection => (await connection.QueryAsync<RunRow, long, RunRow>($"""
            select {RunRow.Columns}, run_attempts.number as Number from {RunRow.Tables}
            join run_attempts on run_attempts.run_id = runs.id
            where run_attempts.phase in ('launching', 'launched', 'ended') and runs.owner = @Owner
            order by runs.queued_at, run_attempts.number
            """, (run, number) => run with { Attempt = number }, new { Owner = owner }, splitOn: "Number")).AsList(), cancellationToken);

    /// <summary>Which of these somebody wants to end.</summary>
    public Task<List<string>> CancelledAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        ids.Count == 0 ? Task.FromResult<List<string>>([]) : database.ReadAsync(async connection =>
        {
            var parameters = new DynamicParameters();
            var list = SqlList.Add(parameters, "id", ids);
            return (await connection.QueryAsync<string>(
                $"select id from runs where id in {list} and cancelled_by is not null", parameters)).AsList();
        }, cancellationToken);

    /// <summary>Removes all runs of a project that the transaction has locked; nothing is done, and one that is active named, when there is one.</summary>
    public static async Task<(IReadOnlyList<string> Removed, string? Active)> DeleteOfProjectAsync(DbTransaction transaction, string projectId)
    {
        var connection = transaction.Connection!;
        var runs = (await connection.QueryAsync<RunRow>(
            "select id as Id, status as Status from runs where project_id = @Id", new { Id = projectId }, transaction)).AsList();
        if (runs.Find(run => !run.IsFinal) is { } active)
        {
            return ([], active.Id);
        }
        await DeleteWhereAsync(transaction, "project_id = @Id", projectId);
        return (runs.ConvertAll(run => run.Id), null);
    }

    /// <summary>Removes an ended run with all that is known of it. Returns false when it is not there or has not ended.</summary>
    public Task<bool> DeleteAsync(string id, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var parameters = new { Id = id };
            var connection = transaction.Connection!;
            // Locks the row: somebody may be about to try it again.
            await connection.ExecuteAsync("update runs set log_count = log_count where id = @Id", parameters, transaction);
            var status = await connection.ExecuteScalarAsync<string?>("select status from runs where id = @Id", parameters, transaction);
            if (status is null || !RunStatuses.IsFinal(status))
            {
                return false;
            }
            await DeleteWhereAsync(transaction, "id = @Id", id);
            return true;
        }, cancellationToken);

    private static async Task DeleteWhereAsync(DbTransaction transaction, string condition, string id)
    {
        var connection = transaction.Connection!;
        var parameters = new { Id = id };
        var runs = $"select id from runs where {condition}";
        await connection.ExecuteAsync(
            $"delete from artifact_tags where artifact_id in (select id from artifacts where run_id in ({runs}))", parameters, transaction);
        foreach (var table in Details)
        {
            await connection.ExecuteAsync($"delete from {table} where run_id in ({runs})", parameters, transaction);
        }
        await connection.ExecuteAsync($"delete from runs where {condition}", parameters, transaction);
    }
}
