using System.Data.Common;
using Dapper;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Features.Datasets;

/// <summary>All SQL about datasets as such.</summary>
internal sealed class DatasetStore(ServerDatabase database)
{
    private const string Columns = """
        id as Id, name as Name, type as Type, description as Description, task_type as TaskType, metadata as Metadata,
        version as Version, created_at as CreatedAt, updated_at as UpdatedAt
        """;

    /// <summary>Returns false when the name is taken.</summary>
    public Task<bool> TryAddAsync(DatasetRow dataset, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction => await transaction.Connection!.ExecuteAsync($"""
            insert into datasets (id, name, type, description, task_type, metadata, version, created_at, updated_at)
            values (@Id, @Name, @Type, @Description, @TaskType, @Metadata, @Version, @CreatedAt, @UpdatedAt)
            {database.Dialect.IfAbsent("id")}
            """, dataset, transaction) == 1, cancellationToken);

    /// <summary>By id, or else by name.</summary>
    public Task<DatasetWithFiles?> FindAsync(string idOrName, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection =>
        {
            var dataset = await connection.QueryFirstOrDefaultAsync<DatasetRow>(
                $"select {Columns} from datasets where id = @Wanted or name = @Wanted order by case when id = @Wanted then 0 else 1 end",
                new { Wanted = idOrName });
            return dataset is null ? null : new DatasetWithFiles(dataset, [.. (await FilesAsync(connection, [dataset]))[dataset.Id]]);
        }, cancellationToken);

    /// <summary>One page, the newest first, and how many there are in all.</summary>
    public Task<(List<DatasetWithFiles> Page, long Total)> ListAsync(DatasetQuery query, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection =>
        {
            var where = query.Where();
            var total = await connection.QuerySingleAsync<long>($"select count(*) from datasets {where}", query);
            var rows = (await connection.QueryAsync<DatasetRow>(
                $"select {Columns} from datasets {where} order by created_at desc, id desc limit @Limit offset @Offset", query)).AsList();
            var files = await FilesAsync(connection, rows);
            return (rows.ConvertAll(row => new DatasetWithFiles(row, [.. files[row.Id]])), total);
        }, cancellationToken);

    /// <summary>Writes what <paramref name="change"/> makes of the row.</summary>
    public async Task<ChangeOutcome> UpdateAsync(string id, Func<DatasetRow, DatasetRow> change, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync(transaction => UpdateAsync(transaction, id, change), cancellationToken);
        }
        catch (DbException exception) when (UniqueIndex.Refused(exception))
        {
            return ChangeOutcome.Taken;
        }
    }

    /// <summary>Takes a dataset and all that is known of its files away; gives every file that it had, open ones too.</summary>
    public Task<(ChangeOutcome Outcome, IReadOnlyList<FileRow> Files)> DeleteAsync(string id, CancellationToken cancellationToken) =>
        database.WriteAsync<(ChangeOutcome, IReadOnlyList<FileRow>)>(async transaction =>
        {
            if (await RunsUsing.AnyAsync(transaction, id))
            {
                return (ChangeOutcome.InUse, []);
            }
            var files = await transaction.Connection!.QueryAsync<FileRow>(
                $"select {FileStore.Columns} from dataset_files where dataset_id = @Id", new { Id = id }, transaction);
            await transaction.Connection!.ExecuteAsync(
                "delete from dataset_lengths where file_id in (select id from dataset_files where dataset_id = @Id)", new { Id = id }, transaction);
            await transaction.Connection!.ExecuteAsync("delete from dataset_files where dataset_id = @Id", new { Id = id }, transaction);
            var count = await transaction.Connection!.ExecuteAsync("delete from datasets where id = @Id", new { Id = id }, transaction);
            return (count == 1 ? ChangeOutcome.Done : ChangeOutcome.Unknown, files.AsList());
        }, cancellationToken);

    private static async Task<ChangeOutcome> UpdateAsync(DbTransaction transaction, string id, Func<DatasetRow, DatasetRow> change)
    {
        var old = await transaction.Connection!.QueryFirstOrDefaultAsync<DatasetRow>(
            $"select {Columns} from datasets where id = @Id", new { Id = id }, transaction);
        if (old is null)
        {
            return ChangeOutcome.Unknown;
        }
        await transaction.Connection!.ExecuteAsync("""
            update datasets set name = @Name, type = @Type, description = @Description, task_type = @TaskType,
                metadata = @Metadata, updated_at = @UpdatedAt
            where id = @Id
            """, change(old), transaction);
        return ChangeOutcome.Done;
    }

    private static async Task<ILookup<string, FileRow>> FilesAsync(DbConnection connection, List<DatasetRow> datasets)
    {
        var parameters = new DynamicParameters();
        var ids = SqlList.Add(parameters, "id", datasets.Select(dataset => dataset.Id));
        var files = datasets.Count == 0 ? [] : await connection.QueryAsync<FileRow>(
            $"select {FileStore.Columns} from dataset_files where state = '{FileStates.Kept}' and dataset_id in {ids} order by uploaded_at, id",
            parameters);
        return files.ToLookup(file => file.DatasetId);
    }
}
