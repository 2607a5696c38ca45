using System.Data.Common;
using Dapper;

namespace Slipway.Server.Platform.Database;

/// <summary>
/// Brings the database's schema to what this program needs: numbered steps, each once, each in the order of its number. SQLite and
/// PostgreSQL take all of them or none. MySQL ends a transaction with every change of the schema: there each statement of a step
/// bears being repeated, the step is noted last, and one that was broken off is taken again from its beginning.
/// </summary>
internal static class Migrations
{
    // Any number will do, as long as every version of this program uses the same.
    private const long PostgresLock = 0x51_1D_0A_01;

    // MySQL's are the whole server's, not the database's.
    private const string MySqlLock = "concat('slipway.', md5(database()))";

    private const int MySqlPatience = 600; // seconds

    // A step makes many tables, each of them on the disk before the next, and the disk may be busy.
    private const int LongestStep = 600; // seconds

    private const string Table = """
        create table if not exists schema_migrations (
            number bigint not null primary key,
            name text not null,
            checksum text not null,
            applied_at bigint not null
        )
        """;

    /// <exception cref="ServerStartException">The database is of a newer program, or somebody changed a step that it went through.</exception>
    public static Task RunAsync(ServerDatabase database, IReadOnlyList<Migration> migrations, TimeProvider clock, CancellationToken cancellationToken) =>
        database.Provider == DatabaseProvider.MySql
            ? database.ReadAsync(connection => LockedAsync(connection, () => RunAsync(database, connection, null, migrations, clock)), cancellationToken)
            : database.WriteAsync(async transaction =>
            {
                if (database.Provider == DatabaseProvider.Postgres)
                {
                    await transaction.Connection!.ExecuteAsync("select pg_advisory_xact_lock(@Key)", new { Key = PostgresLock }, transaction);
                }
                return await RunAsync(database, transaction.Connection!, transaction, migrations, clock);
            }, cancellationToken);

    private static async Task<int> RunAsync(
        ServerDatabase database, DbConnection connection, DbTransaction? transaction, IReadOnlyList<Migration> migrations, TimeProvider clock)
    {
        await connection.ExecuteAsync(Table, transaction: transaction, commandTimeout: LongestStep);
        var applied = await connection.QueryAsync<Applied>(
            "select number as Number, name as Name, checksum as Checksum from schema_migrations order by number", transaction: transaction,
            commandTimeout: LongestStep);
        var pending = Check(database, migrations, applied.ToDictionary(step => step.Number));
        foreach (var migration in pending)
        {
            await connection.ExecuteAsync(migration.Sql, transaction: transaction, commandTimeout: LongestStep);
            await connection.ExecuteAsync(
                "insert into schema_migrations (number, name, checksum, applied_at) values (@Number, @Name, @Checksum, @AppliedAt)",
                new { Number = (long)migration.Number, migration.Name, migration.Checksum, AppliedAt = clock.GetUtcNow().ToUnixTimeMilliseconds() },
                transaction, commandTimeout: LongestStep);
        }
        return pending.Count;
    }

    /// <summary>A lock of the session: it goes with the connection, should this program be killed.</summary>
    private static async Task<int> LockedAsync(DbConnection connection, Func<Task<int>> run)
    {
        var isMine = await connection.ExecuteScalarAsync<long?>(
            $"select get_lock({MySqlLock}, {MySqlPatience})", commandTimeout: MySqlPatience + 10) == 1;
        if (!isMine)
        {
            throw new TimeoutException($"Another server has been changing the schema for more than {MySqlPatience} s.");
        }
        try
        {
            return await run();
        }
        finally
        {
            await connection.ExecuteScalarAsync<long?>($"select release_lock({MySqlLock})");
        }
    }

    private static List<Migration> Check(ServerDatabase database, IReadOnlyList<Migration> migrations, Dictionary<long, Applied> applied) =>
        applied.Values.FirstOrDefault(step => migrations.All(migration => migration.Number != step.Number)) is { } unknown
            ? throw new ServerStartException(
                $"The database {database.Place} was changed by a newer Slipway (step {unknown.Number:0000}_{unknown.Name}). "
                + $"Run that version, or name another database with {DatabaseUrl.Name}, Database:Path or Database:ConnectionString.")
            : migrations.FirstOrDefault(migration =>
                applied.TryGetValue(migration.Number, out var step) && step.Checksum != migration.Checksum) is { } changed
            ? throw new ServerStartException(
                $"Step {changed.Number:0000}_{changed.Name} of the database {database.Place} is not the one that this Slipway knows: "
                + $"it was made by a build that was never released. Name another database with {DatabaseUrl.Name}, Database:Path or Database:ConnectionString.")
            : [.. migrations.Where(migration => !applied.ContainsKey(migration.Number)).OrderBy(migration => migration.Number)];

    private sealed class Applied
    {
        public long Number { get; init; }

        public string Name { get; init; } = "";

        public string Checksum { get; init; } = "";
    }
}
