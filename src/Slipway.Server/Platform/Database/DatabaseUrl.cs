using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace Slipway.Server.Platform.Database;

/// <summary>
/// <c>TRAINING_DB_URL</c>: a database as SQLAlchemy writes it. The driver behind the <c>+</c> is Python's affair and means nothing here.
/// </summary>
internal static class DatabaseUrl
{
    public const string Name = "TRAINING_DB_URL";

    private const string Forms = "'sqlite:///FILE', 'postgresql://USER:PASSWORD@HOST:PORT/DATABASE' and 'mysql://USER:PASSWORD@HOST:PORT/DATABASE'";

    private static readonly Dictionary<string, string> PostgresOptions = new()
    {
        ["application_name"] = "Application Name",
        ["connect_timeout"] = "Timeout",
        ["host"] = "Host",
        ["options"] = "Options",
        ["port"] = "Port",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
    };

    private static readonly Dictionary<string, string> MySqlOptions = new()
    {
        ["charset"] = "CharSet",
        ["connect_timeout"] = "Connection Timeout",
        ["read_timeout"] = "Default Command Timeout",
        ["ssl_mode"] = "SslMode",
    };

    // SQLAlchemy's other one, check_same_thread, is about Python's threads.
    private static readonly Dictionary<string, string> SqliteOptions = new() { ["timeout"] = "", ["check_same_thread"] = "" };

    /// <exception cref="ServerStartException">It cannot be read. No part of it that may hold a password is repeated.</exception>
    public static DatabaseAddress Read(string text)
    {
        var end = text.IndexOf("://", StringComparison.Ordinal);
        var dialect = end < 0 ? "" : text[..end].ToLowerInvariant();
        var rest = end < 0 ? "" : text[(end + 3)..];
        return dialect.Split('+')[0] switch
        {
            "sqlite" => Sqlite(rest),
            "postgresql" or "postgres" => Postgres(DatabaseUrlParts.Of(rest)),
            "mysql" or "mariadb" => MySql(DatabaseUrlParts.Of(rest)),
            _ => throw Unreadable($"accepted are {Forms}"),
        };
    }

    public static ServerStartException Unreadable(string why) => new($"{Name} cannot be read: {why}.");

    /// <summary>Three slashes and a path from the working folder, or four and an absolute one. The path is taken as it is.</summary>
    private static DatabaseAddress Sqlite(string rest)
    {
        var question = rest.IndexOf('?', StringComparison.Ordinal);
        var (path, options) = question < 0 ? (rest, "") : (rest[..question], rest[(question + 1)..]);
        if (path.Length < 2 || path[0] != '/' || path[1..] == ":memory:")
        {
            throw Unreadable("SQLite needs a file, 'sqlite:///./training.db' from the working folder or 'sqlite:////data/training.db'; "
                + "nothing is kept in memory alone");
        }
        int? patience = null;
        foreach (var (name, value) in DatabaseUrlParts.OptionsOf(options))
        {
            Known(SqliteOptions, name, "SQLite");
            if (name == "timeout")
            {
                patience = double.TryParse(value, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 3600
                    ? (int)Math.Ceiling(seconds)
                    : throw Unreadable($"the option timeout is '{value}'; accepted are 0 to 3600 seconds");
            }
        }
        return DatabaseAddress.OfFile(path[1..], patience);
    }

    private static DatabaseAddress Postgres(DatabaseUrlParts parts)
    {
        var target = new NpgsqlConnectionStringBuilder { Host = parts.Host, Database = parts.Database, Username = parts.User, Password = parts.Password };
        target.Port = parts.Port ?? target.Port;
        foreach (var (name, value) in parts.Options)
        {
            Set(target, Known(PostgresOptions, name, "PostgreSQL"), name, value);
        }
        return DatabaseAddress.OfPostgres(target);
    }

    private static DatabaseAddress MySql(DatabaseUrlParts parts)
    {
        var target = MySqlLibrary.Factory.CreateConnectionStringBuilder()!;
        target["Server"] = parts.Host;
        target["Port"] = parts.Port ?? 3306;
        target["Database"] = parts.Database;
        target["User ID"] = parts.User ?? "";
        target["Password"] = parts.Password ?? "";
        foreach (var (name, value) in parts.Options)
        {
            var keyword = Known(MySqlOptions, name, "MySQL");
            if (name == "charset" && !value.Equals("utf8mb4", StringComparison.OrdinalIgnoreCase))
            {
                throw Unreadable($"the option charset is '{value}'; accepted is utf8mb4, which holds every character");
            }
            Set(target, keyword, name, value);
        }
        return DatabaseAddress.OfMySql(target);
    }

    private static string Known(Dictionary<string, string> options, string name, string database) =>
        options.TryGetValue(name, out var keyword)
            ? keyword
            : throw Unreadable($"for {database} there is no option '{name}'; accepted are {string.Join(", ", options.Keys)}");

    private static void Set(DbConnectionStringBuilder target, string keyword, string name, string value)
    {
        try
        {
            target[keyword] = name is "sslmode" or "ssl_mode" ? Mode(value) : value;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException or InvalidCastException)
        {
            throw Unreadable($"the option {name} cannot be '{value}'");
        }
    }

    // verify-full and VERIFY_IDENTITY are both VerifyFull to the libraries.
    private static string Mode(string value)
    {
        var mode = value.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        return mode.Equals("VerifyIdentity", StringComparison.OrdinalIgnoreCase) ? "VerifyFull" : mode;
    }
}
