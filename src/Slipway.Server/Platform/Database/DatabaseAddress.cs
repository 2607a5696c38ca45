using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Slipway.Server.Platform.Database;

/// <summary>Which database, as the configuration names it. Not a record, whose text would show the password.</summary>
internal sealed class DatabaseAddress
{
    private const string PostgresForm = "Host=…;Database=…;Username=…;Password=…";
    private const string MySqlForm = "Server=…;Database=…;User ID=…;Password=…";

    private static readonly string[] Keys = ["Database:Provider", "Database:ConnectionString", "Database:Path"];

    private DatabaseAddress(DatabaseProvider provider, string connectionString, string place) =>
        (Provider, ConnectionString, Place) = (provider, connectionString, place);

    public DatabaseProvider Provider { get; }

    /// <summary>With the password.</summary>
    public string ConnectionString { get; }

    /// <summary>For messages: a file, or a host and a database.</summary>
    public string Place { get; }

    /// <summary>
    /// What <c>TRAINING_DB_URL</c> says, or <c>Database:Provider</c>, <c>:ConnectionString</c> and <c>:Path</c>; else a file in
    /// the data folder.
    /// </summary>
    /// <exception cref="ServerStartException">They do not fit together.</exception>
    public static DatabaseAddress Of(IConfiguration configuration, DataFolder folder)
    {
        var provider = configuration["Database:Provider"];
        if (configuration[DatabaseUrl.Name] is { Length: > 0 } url)
        {
            return Array.Find(Keys, key => !string.IsNullOrEmpty(configuration[key])) is { } other
                ? throw new ServerStartException($"Both {DatabaseUrl.Name} and {other} are set. They name the same thing, the server's database: take one away.")
                : DatabaseUrl.Read(url);
        }
        return provider?.ToLowerInvariant() switch
        {
            null or "" or "sqlite" => OfFile(configuration["Database:Path"] is { Length: > 0 } path ? path : folder.In("slipway.db")),
            "postgres" or "postgresql" => OfPostgres(Parts(configuration, new NpgsqlConnectionStringBuilder(), PostgresForm)),
            "mysql" or "mariadb" => OfMySql(Parts(configuration, MySqlLibrary.Factory.CreateConnectionStringBuilder()!, MySqlForm)),
            _ => throw new ServerStartException($"Database:Provider is '{provider}'; accepted are 'sqlite', 'postgres' and 'mysql'."),
        };
    }

    /// <summary>Whether the configuration means MySQL or MariaDB, as far as it can be read.</summary>
    public static bool NamesMySql(IConfiguration configuration)
    {
        var named = configuration[DatabaseUrl.Name] is { Length: > 0 } url ? url : configuration["Database:Provider"] ?? "";
        return named.StartsWith("mysql", StringComparison.OrdinalIgnoreCase) || named.StartsWith("mariadb", StringComparison.OrdinalIgnoreCase);
    }

    /// <param name="path">Of a file, from the working folder where it is not absolute.</param>
    /// <param name="patience">How long another process's lock is waited for; null for the usual 30 s.</param>
    public static DatabaseAddress OfFile(string path, int? patience = null)
    {
        var parts = new SqliteConnectionStringBuilder
        {
            DataSource = Path.GetFullPath(path),
            // Distributions build SQLite without; the one that comes along has it on.
            ForeignKeys = true,
        };
        if (patience is { } seconds)
        {
            parts.DefaultTimeout = seconds;
        }
        return new DatabaseAddress(DatabaseProvider.Sqlite, parts.ConnectionString, parts.DataSource);
    }

    public static DatabaseAddress OfPostgres(DbConnectionStringBuilder parts)
    {
        var postgres = (NpgsqlConnectionStringBuilder)parts;
        return new DatabaseAddress(DatabaseProvider.Postgres, postgres.ConnectionString, $"{postgres.Host}:{postgres.Port}/{postgres.Database}");
    }

    public static DatabaseAddress OfMySql(DbConnectionStringBuilder parts)
    {
        // Every character arrives whole whatever the server's default, and a row that was not added is not counted.
        parts["CharSet"] = "utf8mb4";
        parts["UseAffectedRows"] = true;
        return new DatabaseAddress(DatabaseProvider.MySql, parts.ConnectionString, $"{parts["Server"]}:{parts["Port"]}/{parts["Database"]}");
    }

    private static DbConnectionStringBuilder Parts(IConfiguration configuration, DbConnectionStringBuilder parts, string form)
    {
        if (configuration["Database:ConnectionString"] is not { Length: > 0 } given)
        {
            throw new ServerStartException(
                $"Database:Provider is '{configuration["Database:Provider"]}', but Database:ConnectionString is not set; write it as '{form}'.");
        }
        try
        {
            parts.ConnectionString = given;
            return parts;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException)
        {
            // The string holds a password: it is not repeated, and neither is what the library says about it.
            throw new ServerStartException($"Database:ConnectionString cannot be read; write it as '{form}'.");
        }
    }
}
