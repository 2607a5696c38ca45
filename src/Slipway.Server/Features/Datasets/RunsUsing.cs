using System.Data.Common;
using Dapper;

namespace Slipway.Server.Features.Datasets;

/// <summary>Whether a run that has not ended reads a dataset: its files must not go away under it.</summary>
internal static class RunsUsing
{
    public static async Task<bool> AnyAsync(DbTransaction transaction, string datasetId) =>
        await transaction.Connection!.QuerySingleAsync<long>(
            "select count(*) from runs where dataset_id = @Id and status in ('queued', 'starting', 'running')",
            new { Id = datasetId }, transaction) > 0;
}
