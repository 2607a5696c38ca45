using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Slipway.Server.Platform.Listening;

namespace Slipway.Server.Platform.Database;

/// <summary>The server's own database. Nothing that answers a request may wait for it before its first byte.</summary>
internal sealed class ServerDatabase : IAsyncDisposable
{
    private readonly DbDataSource _source;

    // SQLite takes one writer at a time and lets the others sleep for 150 ms; in this process they queue here instead.
    private readonly SemaphoreSlim? _writer;

    private ServerDatabase(DatabaseAddress address)
    {
        Provider = address.Provider;
        Place = address.Place;
        Dialect = new SqlDialect(address.Provider);
        _source = SourceOf(address);
        _writer = address.Provider == DatabaseProvider.Sqlite ? new SemaphoreSlim(1, 1) : null;
    }

    public DatabaseProvider Provider { get; }

    /// <summary>For messages to whoever runs the server: a file, or a host and a database. Never a password.</summary>
    public string Place { get; }

    public SqlDialect Dialect { get; }

    /// <summary>The database that the configuration names, see <see cref="DatabaseAddress"/>; nothing is opened yet.</summary>
    /// <exception cref="ServerStartException">What it says does not fit together.</exception>
    public static ServerDatabase Of(IConfiguration configuration, DataFolder folder) => new(DatabaseAddress.Of(configuration, folder));

    /// <summary>Looks something up on a connection of its own.</summary>
    public Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancellationToken) =>
        AwayFromEventsAsync(async () =>
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);
            return await read(connection);
        });

    /// <summary>
    /// Changes something in one transaction: all of it, or nothing when <paramref name="write"/> throws. Where another transaction
    /// was in the way, <paramref name="write"/> is called again: what it does outside of the transaction must bear that.
    /// </summary>
    public Task<T> WriteAsync<T>(Func<DbTransaction, Task<T>> write, CancellationToken cancellationToken) =>
        AwayFromEventsAsync(async () =>
        {
            if (_writer is not null)
            {
                await _writer.WaitAsync(cancellationToken);
            }
            try
            {
                return await WriteUndisturbedAsync(write, cancellationToken);
            }
            finally
            {
                _writer?.Release();
            }
        });

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        _writer?.Dispose();
        if (Provider == DatabaseProvider.Sqlite)
        {
            using var connection = new SqliteConnection(_source.ConnectionString);
            SqliteConnection.ClearPool(connection);
        }
        else if (Provider == DatabaseProvider.MySql)
        {
            await using var connection = _source.CreateConnection();
            MySqlLibrary.ClearPool(connection);
        }
    }

    private async Task<T> WriteUndisturbedAsync<T>(Func<DbTransaction, Task<T>> write, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await WriteOnceAsync(write, cancellationToken);
            }
            catch (DbException exception) when (attempt < Contention.Tries && Contention.Undid(exception))
            {
                await Task.Delay(Contention.PauseAfter(attempt), cancellationToken);
            }
        }
    }

    private async Task<T> WriteOnceAsync<T>(Func<DbTransaction, Task<T>> write, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        // SQLite's is "immediate": the write lock is taken at once, so that no reader is turned into a writer half-way. MySQL's
        // usual level locks the gaps between rows too, against which inserts of strangers deadlock; PostgreSQL's is this one.
        await using var transaction = await connection.BeginTransactionAsync(
            Provider == DatabaseProvider.MySql ? IsolationLevel.ReadCommitted : IsolationLevel.Unspecified, cancellationToken);
        var result = await write(transaction);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    // SQLite works in the thread that calls. The others answer over sockets, and what follows an answer may not stay on
    // the threads that wait for those.
    private Task<T> AwayFromEventsAsync<T>(Func<Task<T>> work) =>
        Provider == DatabaseProvider.Sqlite ? work() : EventThreads.AvoidAsync(work);

    private static DbDataSource SourceOf(DatabaseAddress address)
    {
        switch (address.Provider)
        {
            case DatabaseProvider.Postgres:
                return NpgsqlDataSource.Create(address.ConnectionString);
            case DatabaseProvider.MySql:
                return MySqlLibrary.Factory.CreateDataSource(address.ConnectionString);
            default:
                SqliteLibrary.Prepare();
                return SqliteFactory.Instance.CreateDataSource(address.ConnectionString);
        }
    }
}
