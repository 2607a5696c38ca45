using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Slipway.Server.Platform.Database;
using Slipway.Server.Tests.Features.Gateway;

namespace Slipway.Server.Tests.Platform.Database;

public sealed class DatabaseUrlTests : IDisposable
{
    private readonly DataSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("sqlite:////data/training.db", "/data/training.db")]
    [InlineData("sqlite+pysqlite:////data/100%25.db?check_same_thread=false&timeout=2.5", "/data/100%25.db")]
    [InlineData("SQLite:////data/ä b@c:d.db", "/data/ä b@c:d.db")]
    public void A_file_is_named_by_four_slashes(string url, string path)
    {
        var address = Read(url);

        Assert.Equal((DatabaseProvider.Sqlite, path), (address.Provider, address.Place));
        Assert.Equal(path, new SqliteConnectionStringBuilder(address.ConnectionString).DataSource);
    }

    [Fact]
    public void Three_slashes_begin_in_the_working_folder()
    {
        Assert.Equal(Path.GetFullPath("training.db"), Read("sqlite:///./training.db").Place);
    }

    [Theory]
    [InlineData("postgresql://u:p@h:5433/d", "h", 5433, "u", "p", "d")]
    [InlineData("postgresql+psycopg2://u%40corp:p%40%2F%3A%3F%25;'%22=@db_1.example/d", "db_1.example", 5432, "u@corp", "p@/:?%;'\"=", "d")]
    [InlineData("postgresql://u:a:b@[2001:db8::1]:1/d", "2001:db8::1", 1, "u", "a:b", "d")]
    [InlineData("postgres://u:p@ss/word@h/d", "h", 5432, "u", "p@ss/word", "d")]
    [InlineData("postgresql:///d", "localhost", 5432, null, null, "d")]
    [InlineData("postgresql://u@/d?host=/var/run/postgresql&port=5444", "/var/run/postgresql", 5444, "u", null, "d")]
    public void A_server_of_PostgreSQL_is_named_by_its_parts(string url, string host, int port, string? user, string? password, string database)
    {
        var address = Read(url);

        var parts = new NpgsqlConnectionStringBuilder(address.ConnectionString);
        Assert.Equal((host, port, user, password, database), (parts.Host, parts.Port, parts.Username, parts.Password, parts.Database));
        Assert.Equal($"{host}:{port}/{database}", address.Place);
    }

    [Theory]
    [InlineData("TRAINING_DB_URL", "mysql+pymysql://u@h/d", true)]
    [InlineData("TRAINING_DB_URL", "MariaDB://u@h/d", true)]
    [InlineData("Database:Provider", "mysql", true)]
    [InlineData("Database:Provider", "MariaDB", true)]
    [InlineData("TRAINING_DB_URL", "postgresql://u@h/mysql", false)]
    [InlineData("Database:Provider", "sqlite", false)]
    [InlineData("Database:Path", "mysql.db", false)]
    public void Whether_it_is_MySQL_is_told_before_anything_is_opened(string key, string value, bool isMySql)
    {
        Assert.Equal(isMySql, DatabaseAddress.NamesMySql(_site.Settings((key, value))));
    }

    [Theory]
    [InlineData("mysql://u:p@h/d", "h", 3306, "u", "p", "d")]
    [InlineData("mysql+pymysql://u%40corp:p%40%2F%3A%3F%25;'%22=@h:3307/d%2D1?charset=utf8mb4", "h", 3307, "u@corp", "p@/:?%;'\"=", "d-1")]
    [InlineData("mariadb://u@[::1]/d", "::1", 3306, "u", "", "d")]
    public void A_server_of_MySQL_is_named_by_its_parts(string url, string host, int port, string user, string password, string database)
    {
        var address = Read(url);

        var parts = MySql(address);
        Assert.Equal(
            (host, $"{port}", user, password, database),
            ($"{parts["Server"]}", $"{parts["Port"]}", $"{parts["User ID"]}", $"{parts["Password"]}", $"{parts["Database"]}"));
        Assert.Equal("utf8mb4", $"{parts["CharSet"]}");
    }

    [Fact]
    public void Options_of_PostgreSQL_are_passed_on()
    {
        var parts = new NpgsqlConnectionStringBuilder(Read(
            "postgresql://h/d?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=3&application_name=my+app&options=-c%20search_path%3Dx").ConnectionString);

        Assert.Equal((SslMode.VerifyFull, "/ca.pem", 3), (parts.SslMode, parts.RootCertificate, parts.Timeout));
        Assert.Equal(("my app", "-c search_path=x"), (parts.ApplicationName, parts.Options));
    }

    [Fact]
    public void Options_of_MySQL_are_passed_on()
    {
        var parts = MySql(Read("mysql://h/d?ssl_mode=VERIFY_IDENTITY&connect_timeout=3&read_timeout=7"));

        Assert.Equal(
            ("VerifyFull", "3", "7"), ($"{parts["SslMode"]}", $"{parts["Connection Timeout"]}", $"{parts["Default Command Timeout"]}"));
    }

    [Theory]
    [InlineData("secret123", "accepted are 'sqlite:///FILE'")]
    [InlineData("oracle://u:secret123@h/d", "accepted are 'sqlite:///FILE'")]
    [InlineData("sqlite://", "sqlite:////data")]
    [InlineData("sqlite:///:memory:", "memory")]
    [InlineData("sqlite:///x.db?mode=ro", "no option 'mode'")]
    [InlineData("sqlite:///x.db?timeout=soon", "'soon'")]
    [InlineData("postgresql://u:secret123@h", "no database")]
    [InlineData("postgresql://u:secret123@h/", "no database")]
    [InlineData("postgresql://u:secret123@h:0/d", "the port")]
    [InlineData("postgresql://u:secret123@h:99999/d", "the port")]
    [InlineData("postgresql://u:secret#123/d", "the port")]
    [InlineData("postgresql://u:secret?123@h/d", "no database")]
    [InlineData("postgresql://u:secret123@h h/d", "no host's name")]
    [InlineData("postgresql://u:secret123@[::zz]/d", "no IPv6 address")]
    [InlineData("postgresql://u:secret123@[::1/d", "no IPv6 address")]
    [InlineData("postgresql://u:secret123@h/d?sslmode=maybe", "sslmode cannot be 'maybe'")]
    [InlineData("postgresql://u:secret123@h/d?connect_timeout=-1", "connect_timeout cannot be '-1'")]
    [InlineData("postgresql://u:secret123@h/d?foo=1", "no option 'foo'; accepted are application_name")]
    [InlineData("mysql://u:secret123@h/d?charset=latin1", "'latin1'; accepted is utf8mb4")]
    [InlineData("mysql://u:secret123@h/d?ssl_mode=maybe", "ssl_mode cannot be 'maybe'")]
    [InlineData("mysql://u:secret123@h/d?connect_timeout=x", "connect_timeout cannot be 'x'")]
    [InlineData("mysql://u:secret123@h/d?unix_socket=/s", "no option 'unix_socket'")]
    public void What_cannot_be_read_is_refused_without_repeating_a_password(string url, string says)
    {
        var refusal = Assert.Throws<ServerStartException>(() => Read(url));

        Assert.StartsWith("TRAINING_DB_URL", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Database:Path")]
    [InlineData("Database:Provider")]
    [InlineData("Database:ConnectionString")]
    public void Two_names_for_the_database_are_refused(string other)
    {
        var settings = _site.Settings(("TRAINING_DB_URL", "sqlite:///x.db"), (other, "sqlite"));

        var refusal = Assert.Throws<ServerStartException>(() => DatabaseAddress.Of(settings, _site.Folder));

        Assert.Contains("TRAINING_DB_URL", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(other, refusal.Message, StringComparison.Ordinal);
    }

    private static DbConnectionStringBuilder MySql(DatabaseAddress address)
    {
        var parts = MySqlLibrary.Factory.CreateConnectionStringBuilder()!;
        parts.ConnectionString = address.ConnectionString;
        return parts;
    }

    private DatabaseAddress Read(string url) => DatabaseAddress.Of(_site.Settings(("TRAINING_DB_URL", url)), _site.Folder);
}
