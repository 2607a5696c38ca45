using System.Data.Common;
using Dapper;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Features.Deployments;

/// <summary>Deployments and their servers in the database.</summary>
internal sealed class DeploymentStore(ServerDatabase database)
{
    private const string Columns = """
        id as Id, owner as Owner, model_path as ModelPath, model_file as ModelFile, model_version as ModelVersion, served_model_name as ServedModelName,
        tags as Tags, route_names as RouteNames, env as Env, engine as Engine, extra_args as ExtraArgs, preferred_gpu as PreferredGpu,
        gpu_memory_bytes as GpuMemoryBytes, health_path as HealthPath, replicas as Replicas, origin as Origin, wish as Wish,
        created_at as CreatedAt, started_at as StartedAt, stopped_at as StoppedAt
        """;

    private const string ReplicaColumns = """
        deployment_id as DeploymentId, number as Number, attempt as Attempt, restarts as Restarts, status as Status, port as Port,
        gpus as Gpus, claim_bytes as ClaimBytes, command as Command, failure_reason as FailureReason
        """;

    /// <summary>Returns false when there is one with this origin.</summary>
    public Task<bool> TryAddAsync(DeploymentRow row, CancellationToken cancellationToken) => database.WriteAsync(async transaction =>
        await transaction.Connection!.ExecuteAsync($"""
            insert into deployments (id, owner, model_path, model_file, model_version, served_model_name, tags, route_names, env, engine, extra_args,
                preferred_gpu, gpu_memory_bytes, health_path, replicas, origin, wish, created_at, started_at, stopped_at)
            values (@Id, @Owner, @ModelPath, @ModelFile, @ModelVersion, @ServedModelName, @Tags, @RouteNames, @Env, @Engine, @ExtraArgs,
                @PreferredGpu, @GpuMemoryBytes, @HealthPath, @Replicas, @Origin, @Wish, @CreatedAt, @StartedAt, @StoppedAt)
            {database.Dialect.IfAbsent("id")}
            """, row, transaction) == 1, cancellationToken);

    /// <summary>All of one server, the oldest first.</summary>
    public Task<List<(DeploymentRow Row, List<ReplicaRow> Replicas)>> AllAsync(string owner, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection =>
        {
            var rows = (await connection.QueryAsync<DeploymentRow>(
                $"select {Columns} from deployments where owner = @owner order by created_at, id", new { owner })).AsList();
            var replicas = (await connection.QueryAsync<ReplicaRow>(
                $"""
                select {ReplicaColumns} from deployment_replicas
                where deployment_id in (select id from deployments where owner = @owner) order by number
                """, new { owner })).ToLookup(replica => replica.DeploymentId);
            return rows.ConvertAll(row => (row, replicas[row.Id].ToList()));
        }, cancellationToken);

    /// <summary>Writes what is wanted of it and when it was started and stopped; the rest never changes.</summary>
    public Task SaveAsync(DeploymentRow row, CancellationToken cancellationToken) => ExecuteAsync(
        "update deployments set wish = @Wish, started_at = @StartedAt, stopped_at = @StoppedAt where id = @Id", row, cancellationToken);

    public Task SaveAsync(ReplicaRow row, CancellationToken cancellationToken)
    {
        var dialect = database.Dialect;
        string[] columns = ["attempt", "restarts", "status", "port", "gpus", "claim_bytes", "command", "failure_reason"];
        return ExecuteAsync($"""
            insert into deployment_replicas (deployment_id, number, attempt, restarts, status, port, gpus, claim_bytes, command, failure_reason)
            values (@DeploymentId, @Number, @Attempt, @Restarts, @Status, @Port, @Gpus, @ClaimBytes, @Command, @FailureReason)
            {dialect.OnConflict("deployment_id, number")} {string.Join(", ", columns.Select(column => $"{column} = {dialect.New(column)}"))}
            """, row, cancellationToken);
    }

    public Task RemoveAsync(string id, CancellationToken cancellationToken) => database.WriteAsync(async transaction =>
    {
        var connection = transaction.Connection!;
        await connection.ExecuteAsync("delete from deployment_replicas where deployment_id = @id", new { id }, transaction);
        return await connection.ExecuteAsync("delete from deployments where id = @id", new { id }, transaction);
    }, cancellationToken);

    private Task<int> ExecuteAsync(string sql, object row, CancellationToken cancellationToken) => database.WriteAsync(
        (DbTransaction transaction) => transaction.Connection!.ExecuteAsync(sql, row, transaction), cancellationToken);
}
