using System.Data.Common;
using Dapper;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Features.Datasets;

/// <summary>Whether a run that has not ended reads a dataset: its files must not go away under it.</summary>
internal static class RunsUsing
{
    public static async Task<bool> AnyAsync(ServerDatabase database, DbTransaction transaction, string datasetId) =>
        await ThereAreRunsAsync(database, transaction)
        && await transaction.Connection!.QuerySingleAsync<long>(
            "select count(*) from runs where dataset_id = @Id and status in ('queued', 'starting', 'running')",
            new { Id = datasetId }, transaction) > 0;

    // Runs keep their own tables; a server built without them has none.
    private static async Task<bool> ThereAreRunsAsync(ServerDatabase database, DbTransaction transaction) =>
        await transaction.Connection!.QuerySingleAsync<long>(
            database.Provider == DatabaseProvider.Sqlite
                ? "select count(*) from sqlite_master where type = 'table' and name = 'runs'"
                : "select count(*) from information_schema.tables where table_name = 'runs'",
            transaction: transaction) > 0;
}
