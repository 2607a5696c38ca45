using Dapper;
using Microsoft.Data.Sqlite;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Tests.Features.Runs.Kills;

/// <summary>What a server has written down of attempts, read past it.</summary>
internal sealed class KillRecords(string dataFolder)
{
    public Task<List<AttemptRecord>> AttemptsAsync(string runId) => QueryAsync<AttemptRecord>(
        "select number as Number, phase as Phase, exit_code as ExitCode from run_attempts where run_id = @runId order by number", new { runId });

    /// <summary>The states that an attempt has gone through.</summary>
    public async Task<string> StatesAsync(string runId, int attempt) => string.Join(' ', await QueryAsync<string>(
        "select status from run_events where run_id = @runId and attempt = @attempt and status is not null order by number", new { runId, attempt }));

    /// <summary>What is still to be done.</summary>
    public Task<List<string>> UnfinishedAsync() => QueryAsync<string>("""
        select 'an attempt that is ' || phase from run_attempts where phase <> 'forgotten'
        union all
        select 'an artifact without a hash: ' || name from artifacts where sha256 is null
        """, new { });

    private async Task<List<T>> QueryAsync<T>(string sql, object parameters)
    {
        SqliteLibrary.Prepare();
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(dataFolder, "slipway.db")};Mode=ReadOnly;Pooling=False");
        return (await connection.QueryAsync<T>(sql, parameters)).AsList();
    }
}

/// <summary>A row of <c>run_attempts</c>.</summary>
internal sealed class AttemptRecord
{
    public long Number { get; init; }

    public string Phase { get; init; } = "";

    public long? ExitCode { get; init; }
}
