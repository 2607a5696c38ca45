using Dapper;
using Microsoft.Data.Sqlite;

namespace Slipway.Server.Platform.Database.Backup;

/// <summary>Copies a file that servers are writing, by SQLite's own means: what was committed when it began, and nothing of later.</summary>
internal static class SqliteBackup
{
    /// <exception cref="IOException">There is no database, or the copy is not whole.</exception>
    public static void Copy(DatabaseAddress address, string draft)
    {
        if (!File.Exists(address.Place))
        {
            throw new IOException($"There is no database {address.Place}; a server makes it when it starts for the first time.");
        }
        SqliteLibrary.Prepare();
        try
        {
            using var source = Open(address.Place);
            using var copy = Open(draft);
            source.BackupDatabase(copy);
            // The copy says of itself, like its source, that it has a log beside it. It has none, and is one file.
            copy.Execute("pragma journal_mode = delete");
            var report = copy.ExecuteScalar<string>("pragma integrity_check");
            if (report != "ok")
            {
                throw new IOException($"The copy of {address.Place} is not whole, so the database itself is damaged: {report}");
            }
        }
        catch (SqliteException exception)
        {
            throw new IOException($"The database {address.Place} cannot be copied: {exception.Message}", exception);
        }
    }

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite, // Makes none.
            Pooling = false,
        }.ConnectionString);
        connection.Open();
        connection.Execute("pragma busy_timeout = 30000");
        return connection;
    }
}
