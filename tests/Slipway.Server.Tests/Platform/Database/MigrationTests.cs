using Dapper;
using Slipway.Server.Platform.Database;
using Slipway.Server.Tests.Features.Gateway;

namespace Slipway.Server.Tests.Platform.Database;

public sealed class MigrationTests : IDisposable
{
    private readonly DataSite _site = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Many_processes_that_start_at_once_take_each_step_once()
    {
        var starts = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            await using var database = Open();
            await database.PrepareAsync(TimeProvider.System, Token);
        }, Token));

        await Task.WhenAll(starts);

        await using var database = Open();
        Assert.Equal(Migrations.All.Count, await CountAsync(database, "select count(*) from schema_migrations"));
        Assert.Equal(1, await CountAsync(database, "select count(*) from revisions"));
    }

    [Fact]
    public async Task A_step_that_was_changed_afterwards_is_refused()
    {
        await using var database = Open();
        await database.PrepareAsync(TimeProvider.System, Token);
        var changed = Migrations.All.Select(step => step with { Sql = step.Sql + " " }).ToList();
        changed[0] = new Migration(changed[0].Number, changed[0].Name, changed[0].Sql);

        var refusal = await Assert.ThrowsAsync<ServerStartException>(
            () => Migrations.RunAsync(database, changed, TimeProvider.System, Token));

        Assert.Contains("0001_access", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_a_newer_program_is_refused()
    {
        await using var database = Open();
        await Migrations.RunAsync(
            database, [.. Migrations.All, new Migration(9999, "future.sql", "create table future (id text)")], TimeProvider.System, Token);

        var refusal = await Assert.ThrowsAsync<ServerStartException>(() => database.PrepareAsync(TimeProvider.System, Token));

        Assert.Contains("9999_future", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_fails_leaves_nothing_behind()
    {
        await using var database = Open();
        var broken = new Migration(1, "broken.sql", "create table half (id text); create table half (id text)");

        await Assert.ThrowsAnyAsync<Exception>(() => Migrations.RunAsync(database, [broken], TimeProvider.System, Token));

        Assert.Equal(0, await CountAsync(database, "select count(*) from sqlite_master where name = 'half'"));
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
    [InlineData("mysql", null, "'sqlite' and 'postgres'")]
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
