using Slipway.Server.Platform.Database.Backup;

namespace Slipway.Server.Platform.Database;

/// <summary>A copy of the server's database, made while the server goes on.</summary>
public static class DatabaseBackup
{
    /// <summary>
    /// Writes what was committed when it began, whole and checked, into a file that only its owner may read: a database of SQLite,
    /// an archive of <c>pg_dump</c>, or SQL of <c>mariadb-dump</c>. The file appears when it is complete.
    /// </summary>
    /// <param name="configuration">The server's: <c>TRAINING_DB_URL</c> or <c>Database:*</c>, <c>Data:Folder</c>.</param>
    /// <param name="file">Where to; its folder must exist.</param>
    /// <param name="replace">Whether a file that is there already may be replaced.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    /// <returns>The file's length in bytes.</returns>
    /// <exception cref="ServerStartException">The configuration names no database that can be used.</exception>
    /// <exception cref="IOException">
    /// There is nothing to copy, the file is there or cannot be written, the copy is not whole, or the program that copies
    /// this kind of database is missing or failed.
    /// </exception>
    public static async Task<long> WriteAsync(
        IConfiguration configuration, string file, bool replace, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentException.ThrowIfNullOrEmpty(file);
        var address = DatabaseAddress.Of(configuration, DataFolder.Of(configuration));
        var target = new BackupTarget(file, replace);
        try
        {
            target.Begin(address);
            await CopyAsync(address, target, cancellationToken);
            return target.Complete();
        }
        finally
        {
            target.Forget();
        }
    }

    private static Task CopyAsync(DatabaseAddress address, BackupTarget target, CancellationToken cancellationToken) => address.Provider switch
    {
        DatabaseProvider.Postgres => PostgresDump.Of(address).RunAsync(target, cancellationToken),
        DatabaseProvider.MySql => MySqlDump.Of(address).RunAsync(target, cancellationToken),
        _ => Task.Run(() => SqliteBackup.Copy(address, target.Draft), cancellationToken),
    };
}
