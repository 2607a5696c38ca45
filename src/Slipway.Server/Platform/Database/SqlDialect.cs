namespace Slipway.Server.Platform.Database;

/// <summary>
/// The few words that SQLite, PostgreSQL and MariaDB do not share. All other SQL of this program is one text for the three; what
/// that takes is in docs/database.md.
/// </summary>
internal sealed class SqlDialect(DatabaseProvider provider)
{
    private bool IsMySql => provider == DatabaseProvider.MySql;

    /// <summary>
    /// After an insert's values: a row that any unique key keeps out is left out, and not counted as affected.
    /// <paramref name="column"/> is any column of the table; MySQL wants to hear that nothing happens to one.
    /// </summary>
    public string IfAbsent(string column) => IsMySql ? $"on duplicate key update {column} = {column}" : "on conflict do nothing";

    /// <summary>
    /// After an insert's values, before assignments: they are made to the row that has the same <paramref name="key"/>, all columns
    /// of one unique key. A column's old value is written <c>table.column</c>, its new one <see cref="New"/>. Rows affected are no
    /// measure of what happened: MySQL counts 1 for a new row, 2 for a changed one and 0 for one that was so already.
    /// </summary>
    public string OnConflict(params ReadOnlySpan<string> key) =>
        IsMySql ? "on duplicate key update" : $"on conflict ({string.Join(", ", key)}) do update set";

    /// <summary>After <see cref="OnConflict"/>: what the insert would have put into the column.</summary>
    public string New(string column) => IsMySql ? $"values({column})" : $"excluded.{column}";
}
