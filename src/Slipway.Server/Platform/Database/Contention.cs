using System.Data.Common;

namespace Slipway.Server.Platform.Database;

/// <summary>
/// When a transaction was undone only because another one was in its way. SQLite has no such end: one writer at a time, and who
/// cannot begin waits.
/// </summary>
internal static class Contention
{
    /// <summary>How often a transaction is tried before its failure is somebody's to hear of.</summary>
    public const int Tries = 5;

    private const int MySqlLockWait = 1205;
    private const int MySqlDeadlock = 1213;

    /// <summary>Whether the same transaction may well succeed when it is tried again.</summary>
    public static bool Undid(DbException exception) =>
        exception.SqlState is "40001" or "40P01" || exception.Data["Server Error Code"] is MySqlLockWait or MySqlDeadlock;

    public static TimeSpan PauseAfter(int attempt) => TimeSpan.FromMilliseconds(10 << attempt);
}
