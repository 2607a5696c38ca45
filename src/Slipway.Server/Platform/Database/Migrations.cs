using System.Data.Common;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Dapper;

namespace Slipway.Server.Platform.Database;

/// <summary>One step of the schema, as it lies in this program.</summary>
internal sealed record Migration(int Number, string Name, string Sql)
{
    /// <summary>Of the text without its line ends' flavour, which a checkout may change.</summary>
    public string Checksum { get; } =
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));
}

/// <summary>Brings the database's schema to what this program needs: numbered steps, each once, each in the order of its number.</summary>
internal static class Migrations
{
    private const string Prefix = "migrations/";

    // Any number will do, as long as every version of this program uses the same.
    private const long PostgresLock = 0x51_1D_0A_01;

    private const string Table = """
        create table if not exists schema_migrations (
            number bigint not null primary key,
            name text not null,
            checksum text not null,
            applied_at bigint not null
        )
        """;

    private static readonly Lazy<IReadOnlyList<Migration>> Embedded = new(Read);

    public static IReadOnlyList<Migration> All => Embedded.Value;

    /// <exception cref="ServerStartException">The database is of a newer program, or somebody changed a step that it went through.</exception>
    public static Task RunAsync(ServerDatabase database, IReadOnlyList<Migration> migrations, TimeProvider clock, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            if (database.Provider == DatabaseProvider.Postgres)
            {
                await transaction.Connection!.ExecuteAsync("select pg_advisory_xact_lock(@Key)", new { Key = PostgresLock }, transaction);
            }
            await transaction.Connection!.ExecuteAsync(Table, transaction: transaction);
            var applied = await transaction.Connection!.QueryAsync<Applied>(
                "select number as Number, name as Name, checksum as Checksum from schema_migrations order by number", transaction: transaction);
            var pending = Check(database, migrations, applied.ToDictionary(step => step.Number));
            foreach (var migration in pending)
            {
                await ApplyAsync(transaction, migration, clock.GetUtcNow());
            }
            return pending.Count;
        }, cancellationToken);

    private static List<Migration> Check(ServerDatabase database, IReadOnlyList<Migration> migrations, Dictionary<long, Applied> applied) =>
        applied.Values.FirstOrDefault(step => migrations.All(migration => migration.Number != step.Number)) is { } unknown
            ? throw new ServerStartException(
                $"The database {database.Place} was changed by a newer Slipway (step {unknown.Number:0000}_{unknown.Name}). "
                + "Run that version, or name another database with Database:Path or Database:ConnectionString.")
            : migrations.FirstOrDefault(migration =>
                applied.TryGetValue(migration.Number, out var step) && step.Checksum != migration.Checksum) is { } changed
            ? throw new ServerStartException(
                $"Step {changed.Number:0000}_{changed.Name} of the database {database.Place} is not the one that this Slipway knows: "
                + "it was made by a build that was never released. Name another database with Database:Path or Database:ConnectionString.")
            : [.. migrations.Where(migration => !applied.ContainsKey(migration.Number)).OrderBy(migration => migration.Number)];

    private static async Task ApplyAsync(DbTransaction transaction, Migration migration, DateTimeOffset now)
    {
        await transaction.Connection!.ExecuteAsync(migration.Sql, transaction: transaction);
        await transaction.Connection!.ExecuteAsync(
            "insert into schema_migrations (number, name, checksum, applied_at) values (@Number, @Name, @Checksum, @AppliedAt)",
            new { Number = (long)migration.Number, migration.Name, migration.Checksum, AppliedAt = now.ToUnixTimeMilliseconds() },
            transaction);
    }

    private static IReadOnlyList<Migration> Read()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
                var (number, title) = (name[Prefix.Length..][..4], name[Prefix.Length..][5..]);
                return new Migration(int.Parse(number, System.Globalization.CultureInfo.InvariantCulture), title, reader.ReadToEnd());
            })];
    }

    private sealed class Applied
    {
        public long Number { get; init; }

        public string Name { get; init; } = "";

        public string Checksum { get; init; } = "";
    }
}
