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
}

/// <summary>All SQL about runs, their attempts and their events.</summary>
internal sealed partial class RunStore(ServerDatabase database, TimeProvider clock)
{
    private static readonly string[] Details = ["artifacts", "run_metrics", "run_events", "run_attempts"];

    /// <summary>Adds a queued run. Its project may have gone meanwhile: returns false then.</summary>
    public Task<bool> AddAsync(RunRow run, string firstEvent, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var isThere = await transaction.Connection!.ExecuteScalarAsync<long>(
                "select count(*) from projects where id = @ProjectId", run, transaction) == 1;
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
        string[] conditions =
        [
            "1 = 1",
            .. filter.ProjectId is null ? Array.Empty<string>() : ["runs.project_id = @ProjectId"],
            .. filter.Status is null ? Array.Empty<string>() : ["runs.status = @Status"],
            .. filter.Executor is null ? Array.Empty<string>() : ["runs.executor = @Executor"],
        ];
        var where = string.Join(" and ", conditions);
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
    public Task<List<RunRow>> QueueAsync(string owner, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection => (await connection.QueryAsync<RunRow>($"""
            select {RunRow.Columns} from {RunRow.Tables}
            where runs.status = 'queued' and runs.owner = @Owner
                and not exists (select 1 from run_attempts where run_id = runs.id and number = runs.attempt)
            order by runs.priority desc, runs.queued_at, runs.id
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
        ids.Count == 0 ? Task.FromResult<List<string>>([]) : database.ReadAsync(async connection => (await connection.QueryAsync<string>(
            "select id from runs where id in @Ids and cancelled_by is not null", new { Ids = ids })).AsList(), cancellationToken);

    /// <summary>Ended runs of a project, or null with the id of one that has not ended.</summary>
    public Task<(List<RunRow> Runs, string? Active)> OfProjectAsync(string projectId, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection =>
        {
            var rows = (await connection.QueryAsync<RunRow>(
                $"select {RunRow.Columns} from {RunRow.Tables} where runs.project_id = @Id", new { Id = projectId })).AsList();
            return (rows, rows.Find(run => !run.IsFinal)?.Id);
        }, cancellationToken);

    /// <summary>Removes an ended run with all that is known of it. Returns false when it is not there or has not ended.</summary>
    public Task<bool> DeleteAsync(string id, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var parameters = new { Id = id };
            var connection = transaction.Connection!;
            var status = await connection.ExecuteScalarAsync<string?>("select status from runs where id = @Id", parameters, transaction);
            if (status is null || !RunStatuses.IsFinal(status))
            {
                return false;
            }
            await connection.ExecuteAsync(
                "delete from artifact_tags where artifact_id in (select id from artifacts where run_id = @Id)", parameters, transaction);
            foreach (var table in Details)
            {
                await connection.ExecuteAsync($"delete from {table} where run_id = @Id", parameters, transaction);
            }
            return await connection.ExecuteAsync("delete from runs where id = @Id", parameters, transaction) == 1;
        }, cancellationToken);
}
