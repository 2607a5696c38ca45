using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Slipway.Server.Platform.Database;

/// <summary>
/// Which of two who want the same name at once gets it is decided by a unique index. An insert can leave it at that
/// (<see cref="SqlDialect.IfAbsent"/>); an update is refused with an error, and its transaction is undone.
/// </summary>
internal static class UniqueIndex
{
    private const string PostgresViolation = "23505";
    private const int MySqlViolation = 1062;
    private const int SqliteViolation = 2067; // SQLITE_CONSTRAINT_UNIQUE

    /// <summary>Whether a write failed because what it wanted to be unique is there already.</summary>
    public static bool Refused(DbException exception) => exception is SqliteException sqlite
        ? sqlite.SqliteExtendedErrorCode == SqliteViolation
        : exception.SqlState == PostgresViolation || exception.Data["Server Error Code"] is MySqlViolation;
}
