using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Slipway.Server.Platform.Database;

internal enum DatabaseProvider
{
    Sqlite,
    Postgres,
}

/// <summary>The server's own database. Nothing that answers a request may wait for it before its first byte.</summary>
internal sealed class ServerDatabase : IAsyncDisposable
{
    private readonly DbDataSource _source;

    // SQLite takes one writer at a time and lets the others sleep for 150 ms; in this process they queue here instead.
    private readonly SemaphoreSlim? _writer;

    private ServerDatabase(DatabaseProvider provider, DbDataSource source, string place)
    {
        Provider = provider;
        Place = place;
        _source = source;
        _writer = provider == DatabaseProvider.Sqlite ? new SemaphoreSlim(1, 1) : null;
    }

    public DatabaseProvider Provider { get; }

    /// <summary>For messages to whoever runs the server: a file, or a host and a database. Never a password.</summary>
    public string Place { get; }

    /// <summary>What <c>Database:Provider</c>, <c>:ConnectionString</c> and <c>:Path</c> say; nothing is opened yet.</summary>
    /// <exception cref="ServerStartException">They do not fit together.</exception>
    public static ServerDatabase Of(IConfiguration configuration, DataFolder folder)
    {
        var given = configuration["Database:Provider"];
        var provider = string.IsNullOrEmpty(given) ? DatabaseProvider.Sqlite
            : Enum.TryParse<DatabaseProvider>(given, ignoreCase: true, out var named) && Enum.IsDefined(named) ? named
            : throw new ServerStartException($"Database:Provider is '{given}'; accepted are 'sqlite' and 'postgres'.");
        return provider == DatabaseProvider.Postgres
            ? Postgres(configuration["Database:ConnectionString"])
            : Sqlite(configuration["Database:Path"] is { Length: > 0 } path ? path : folder.In("slipway.db"));
    }

    /// <summary>Looks something up on a connection of its own.</summary>
    public async Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        return await read(connection);
    }

    /// <summary>Changes something in one transaction: all of it, or nothing when <paramref name="write"/> throws.</summary>
    public async Task<T> WriteAsync<T>(Func<DbTransaction, Task<T>> write, CancellationToken cancellationToken)
    {
        if (_writer is not null)
        {
            await _writer.WaitAsync(cancellationToken);
        }
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);
            // SQLite's is "immediate": the write lock is taken at once, so that no reader is turned into a writer half-way.
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var result = await write(transaction);
            await transaction.CommitAsync(cancellationToken);
            return result;
        }
        finally
        {
            _writer?.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        _writer?.Dispose();
        if (Provider == DatabaseProvider.Sqlite)
        {
            using var connection = new SqliteConnection(_source.ConnectionString);
            SqliteConnection.ClearPool(connection);
        }
    }

    private static ServerDatabase Sqlite(string path)
    {
        SqliteLibrary.Prepare();
        var connection = new SqliteConnectionStringBuilder
        {
            DataSource = Path.GetFullPath(path),
            // Distributions build SQLite without; the one that comes along has it on.
            ForeignKeys = true,
        };
        return new ServerDatabase(
            DatabaseProvider.Sqlite, SqliteFactory.Instance.CreateDataSource(connection.ConnectionString), connection.DataSource);
    }

    private static ServerDatabase Postgres(string? connectionString)
    {
        if (string.IsNullOrEmpty(connectionString))
        {
            throw new ServerStartException(
                "Database:Provider is 'postgres', but Database:ConnectionString is not set; "
                + "write it as 'Host=…;Database=…;Username=…;Password=…'.");
        }
        try
        {
            var parts = new NpgsqlConnectionStringBuilder(connectionString);
            return new ServerDatabase(
                DatabaseProvider.Postgres, NpgsqlDataSource.Create(connectionString), $"{parts.Host}:{parts.Port}/{parts.Database}");
        }
        catch (ArgumentException exception)
        {
            // The string holds a password: it is not repeated.
            throw new ServerStartException(
                "Database:ConnectionString cannot be read; write it as 'Host=…;Database=…;Username=…;Password=…'.", exception);
        }
    }
}
