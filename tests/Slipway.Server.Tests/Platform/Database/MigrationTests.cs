using System.Data.Common;
using Dapper;
using Slipway.Server.Platform.Database;
using Slipway.Server.Tests.Features.Gateway;

namespace Slipway.Server.Tests.Platform.Database;

public sealed class MigrationTests : IDisposable
{
    private readonly DataSite _site = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _site.Dispose();

    [Theory]
    [MemberData(nameof(DatabaseSite.Each), MemberType = typeof(DatabaseSite))]
    public async Task Many_servers_that_start_at_once_take_each_step_once(string system)
    {
        await using var site = await DatabaseSite.MakeAsync(system);
        var starts = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            await using var database = await site.PrepareAsync();
        }, Token));

        await Task.WhenAll(starts);

        await using var database = site.Open();
        Assert.Equal(Migration.AllFor(database.Provider).Count, await CountAsync(database, "select count(*) from schema_migrations"));
        Assert.Equal(1, await CountAsync(database, "select count(*) from revisions where name = 'keys'"));
    }

    [Theory]
    [MemberData(nameof(DatabaseSite.Each), MemberType = typeof(DatabaseSite))]
    public async Task A_step_that_was_changed_afterwards_is_refused(string system)
    {
        await using var site = await DatabaseSite.MakeAsync(system);
        await using var database = await site.PrepareAsync();
        var all = Migration.AllFor(database.Provider);
        Migration[] changed = [new Migration(all[0].Number, all[0].Name, all[0].Sql + " "), .. all.Skip(1)];

        var refusal = await Assert.ThrowsAsync<ServerStartException>(
            () => Migrations.RunAsync(database, changed, TimeProvider.System, Token));

        Assert.Contains("0001_access", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(DatabaseSite.Each), MemberType = typeof(DatabaseSite))]
    public async Task A_database_of_a_newer_program_is_refused(string system)
    {
        await using var site = await DatabaseSite.MakeAsync(system);
        await using var database = site.Open();
        var future = new Migration(9999, "future", "create table if not exists future (id bigint)");
        await Migrations.RunAsync(database, [.. Migration.AllFor(database.Provider), future], TimeProvider.System, Token);

        var refusal = await Assert.ThrowsAsync<ServerStartException>(() => database.PrepareAsync(TimeProvider.System, Token));

        Assert.Contains("9999_future", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sqlite", "select count(*) from sqlite_master where name = 'half'")]
    [InlineData("postgres", "select count(*) from pg_tables where tablename = 'half'")]
    public async Task A_step_that_fails_leaves_nothing_behind(string system, string count)
    {
        await using var site = await DatabaseSite.MakeAsync(system);
        await using var database = site.Open();
        var broken = new Migration(1, "broken", "create table half (id bigint); create table half (id bigint)");

        await Assert.ThrowsAnyAsync<Exception>(() => Migrations.RunAsync(database, [broken], TimeProvider.System, Token));

        Assert.Equal(0, await CountAsync(database, count));
    }

    [Fact]
    public async Task Where_a_step_cannot_be_undone_one_that_failed_is_taken_again()
    {
        await using var site = await DatabaseSite.MakeAsync("mariadb");
        await using var database = site.Open();
        const string Half = "create table if not exists half (id bigint)";
        var (broken, mended) = (new Migration(1, "step", Half + "; create nonsense"), new Migration(1, "step", Half));

        await Assert.ThrowsAnyAsync<DbException>(() => Migrations.RunAsync(database, [broken], TimeProvider.System, Token));
        await Migrations.RunAsync(database, [mended], TimeProvider.System, Token);

        Assert.Equal(1, await CountAsync(database, "select count(*) from schema_migrations"));
    }

    [Fact]
    public async Task Where_a_step_cannot_be_undone_every_statement_of_every_step_may_be_repeated()
    {
        await using var site = await DatabaseSite.MakeAsync("mariadb");
        await using var database = await site.PrepareAsync();
        await database.ReadAsync(connection => connection.ExecuteAsync("delete from schema_migrations"), Token);

        await database.PrepareAsync(TimeProvider.System, Token);

        Assert.Equal(1, await CountAsync(database, "select count(*) from revisions where name = 'keys'"));
    }

    [Fact]
    public async Task A_database_that_would_cut_texts_off_is_refused()
    {
        await using var site = await DatabaseSite.MakeAsync("mariadb");
        // The shared server's setting must stay; a session of the test's own pool can have another one.
        await using var database = site.Open();
        await database.ReadAsync(connection => connection.ExecuteAsync("set session sql_mode = 'ANSI_QUOTES'"), Token);

        var refusal = await Assert.ThrowsAsync<ServerStartException>(() => database.PrepareAsync(TimeProvider.System, Token));

        Assert.Contains("STRICT_TRANS_TABLES", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_an_error_that_names_it()
    {
        await File.WriteAllTextAsync(_site.In("slipway.db"), new string('x', 4096), Token);
        await using var database = Open();

        var refusal = await Assert.ThrowsAsync<ServerStartException>(() => database.PrepareAsync(TimeProvider.System, Token));

        Assert.Contains("slipway.db", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Database:Path", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_else_may_read_the_data()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Files have no such modes here.");
        await using var database = ServerDatabase.Of(_site.Settings(("Database:Path", _site.In("inner.db"))), _site.Folder);
        await database.PrepareAsync(TimeProvider.System, Token);

        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(_site.In("inner.db")) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Theory]
    [InlineData("oracle", null, "'sqlite', 'postgres' and 'mysql'")]
    [InlineData("mysql", null, "Database:ConnectionString")]
    [InlineData("mysql", "Server=x;Nonsense=secret123", "Server=…")]
    [InlineData("mysql", "Server=x;Port=secret123", "Server=…")]
    [InlineData("postgres", null, "Database:ConnectionString")]
    [InlineData("postgres", "Host=x;Nonsense=secret123", "Host=…")]
    public void What_does_not_fit_together_is_refused_without_repeating_a_password(string provider, string? connection, string says)
    {
        var settings = _site.Settings(("Database:Provider", provider), ("Database:ConnectionString", connection ?? ""));

        var refusal = Assert.Throws<ServerStartException>(() => ServerDatabase.Of(settings, _site.Folder));

        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret123", refusal.Message, StringComparison.Ordinal);
    }

    private static Task<long> CountAsync(ServerDatabase database, string sql) =>
        database.ReadAsync(connection => connection.ExecuteScalarAsync<long>(sql), Token);

    private ServerDatabase Open() => ServerDatabase.Of(_site.Settings(), _site.Folder);
}
