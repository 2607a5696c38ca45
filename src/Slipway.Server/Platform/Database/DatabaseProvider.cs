namespace Slipway.Server.Platform.Database;

internal enum DatabaseProvider
{
    Sqlite,
    Postgres,

    /// <summary>MySQL and MariaDB.</summary>
    MySql,
}
