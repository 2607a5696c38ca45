using System.Data.Common;
using Dapper;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Usage;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Database;
using Slipway.Server.Tests.Commands;
using Slipway.Server.Tests.Features.Gateway;

namespace Slipway.Server.Tests.Platform.Database;

/// <summary>What must be the same with each of the three systems.</summary>
public sealed class ServerDatabaseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(DatabaseSite.Each), MemberType = typeof(DatabaseSite))]
    public async Task A_name_is_given_once_and_again_when_its_key_is_revoked(string system)
    {
        await using var site = await DatabaseSite.MakeAsync(system);
        await using var server = await AccessServer.StartAsync(site.Data, null, site.Choice);
        var first = await server.MakeKeyAsync(new KeyTerms { Name = "Älice 😀", Models = ["m"] });

        var taken = await Assert.ThrowsAsync<KeyException>(() => server.Keys.CreateAsync(new KeyTerms { Name = "Älice 😀" }, Token));
        await server.Keys.RevokeAsync("Älice 😀", Token);
        var second = await server.MakeKeyAsync(new KeyTerms { Name = "Älice 😀" });
        await server.Keys.RotateAsync(second.Key.Id, TimeSpan.Zero, Token);
        var third = await server.MakeKeyAsync(new KeyTerms { Name = "älice 😀" });

        Assert.Equal(KeyFault.Taken, taken.Fault);
        var listed = await server.Keys.ListAsync(Token);
        Assert.Equal(
            [(first.Key.Id, "Älice 😀", true), (second.Key.Id, "Älice 😀", false), (third.Key.Id, "älice 😀", false)],
            listed.Select(key => (key.Id, key.Name, key.RevokedAt is not null)));
    }

    [Theory]
    [MemberData(nameof(DatabaseSite.Each), MemberType = typeof(DatabaseSite))]
    public async Task Books_that_two_servers_write_at_once_add_up(string system)
    {
        await using var site = await DatabaseSite.MakeAsync(system);
        using var otherFolder = new DataSite();
        await using var one = await AccessServer.StartAsync(site.Data, null, [.. site.Choice, ("Auth:Pepper", "one pepper for both of them")]);
        await using var two = await AccessServer.StartAsync(
            system == "sqlite" ? site.Data : otherFolder, null, [.. site.Choice, ("Auth:Pepper", "one pepper for both of them")]);

        await Task.WhenAll(new[] { one, two }.Select((server, index) => Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
            {
                server.Ledger.Record(new UsageEntry($"key{(index == 0 ? i : 500 - i) % 20}", "m", new TokenUsage(1, 1), 1));
                if (i % 50 == 0)
                {
                    await server.Ledger.FoldAsync(Token);
                }
            }
            await server.Ledger.FoldAsync(Token);
        }, Token)));

        var rows = await one.Books.QueryAsync("2000-01-01", "2999-12-31", null, null, Token);
        Assert.Equal((20, 1000L, 1000L), (rows.Count, rows.Sum(row => row.Requests), rows.Sum(row => row.Cost)));
    }

    [Theory]
    [MemberData(nameof(DatabaseSite.Each), MemberType = typeof(DatabaseSite))]
    public async Task A_write_that_throws_leaves_nothing_behind(string system)
    {
        await using var site = await DatabaseSite.MakeAsync(system);
        await using var database = await site.PrepareAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync<int>(async transaction =>
        {
            await AddAsync(database, transaction, "a", "1");
            throw new InvalidOperationException();
        }, Token));

        Assert.Null(await ValueAsync(database, "a"));
    }

    [Theory]
    [MemberData(nameof(DatabaseSite.Each), MemberType = typeof(DatabaseSite))]
    public async Task A_row_is_added_once_and_put_again(string system)
    {
        await using var site = await DatabaseSite.MakeAsync(system);
        await using var database = await site.PrepareAsync();
        var text = new string('文', 100_000) + "😀\\'\"`\n%@x";

        var (added, again) = await database.WriteAsync(async transaction =>
            (await AddAsync(database, transaction, "a", "old"), await AddAsync(database, transaction, "a", "new")), Token);
        var kept = await ValueAsync(database, "a");
        await database.WriteAsync(transaction => transaction.Connection!.ExecuteAsync($"""
            insert into settings (name, value) values (@Name, @Value) {database.Dialect.OnConflict("name")} value = {database.Dialect.New("value")}
            """, new { Name = "a", Value = text }, transaction), Token);

        Assert.Equal((1, 0, "old"), (added, again, kept));
        Assert.Equal(text, await ValueAsync(database, "a"));
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("mariadb")]
    public async Task Transactions_that_wait_for_each_other_in_a_circle_all_succeed(string system)
    {
        await using var site = await DatabaseSite.MakeAsync(system);
        await using var database = await site.PrepareAsync();
        await database.WriteAsync(async transaction =>
            await AddAsync(database, transaction, "a", "") + await AddAsync(database, transaction, "b", ""), Token);
        using var bothHold = new Barrier(2);
        var tries = 0;

        await Task.WhenAll(AppendAsync("1", "a", "b"), AppendAsync("2", "b", "a"));

        Assert.True(tries > 2, "They did not meet.");
        Assert.Equal((2, 2), ((await ValueAsync(database, "a"))!.Length, (await ValueAsync(database, "b"))!.Length));

        Task AppendAsync(string text, string first, string second)
        {
            var isFirstTry = true;
            return Task.Run(() => database.WriteAsync(async transaction =>
            {
                Interlocked.Increment(ref tries);
                await AppendToAsync(transaction, first, text);
                if (isFirstTry)
                {
                    isFirstTry = false;
                    bothHold.SignalAndWait(TimeSpan.FromSeconds(30), Token);
                }
                await AppendToAsync(transaction, second, text);
                return true;
            }, Token), Token);
        }
    }

    [Fact]
    public async Task A_database_of_MariaDB_that_is_not_there_is_an_error_at_start_without_its_password()
    {
        using var site = new DataSite();

        var refusal = await Assert.ThrowsAsync<ServerStartException>(
            () => AccessServer.StartAsync(site, null, ("TRAINING_DB_URL", "mysql://u:s3cret@127.0.0.1:1/d?connect_timeout=2")));

        Assert.Contains("127.0.0.1:1/d", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_of_odd_characters_opens_MariaDB()
    {
        await using var site = await DatabaseSite.MakeAsync("mariadb");
        var server = await MariaDbAsync();
        await using (var root = site.Open())
        {
            await root.ReadAsync(connection => connection.ExecuteAsync(
                "create or replace user 'o@dd'@'%' identified by 'p@/:?%;''\"= ä'; grant all on *.* to 'o@dd'@'%'"), Token);
        }

        var name = await ScalarAsync(site, $"mysql://o%40dd:p%40%2F%3A%3F%25%3B'%22%3D%20%C3%A4@127.0.0.1:{server.Port}/mysql", "select current_user()");

        Assert.Equal("o@dd@%", name);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("?ssl_mode=DISABLED", false)]
    [InlineData("?ssl_mode=REQUIRED", true)]
    public async Task MariaDB_is_spoken_to_in_secret_where_it_can_be_unless_told_otherwise(string options, bool isSecret)
    {
        await using var site = await DatabaseSite.MakeAsync("mariadb");
        var server = await MariaDbAsync();

        var cipher = await ScalarAsync(
            site, server.Url("mysql") + options,
            "select variable_value from information_schema.session_status where variable_name = 'Ssl_cipher'");

        Assert.Equal(isSecret, cipher!.Length > 0);
    }

    [Theory]
    [InlineData("verify_ca")]
    [InlineData("verify_identity")]
    public async Task A_MariaDB_that_nobody_vouches_for_is_refused_where_that_is_asked(string mode)
    {
        await using var site = await DatabaseSite.MakeAsync("mariadb");
        var server = await MariaDbAsync();
        (string, string)[] settings = [("TRAINING_DB_URL", $"{site.Url}?ssl_mode={mode}"), ("SLIPWAY_DATA", site.Data.Path)];

        var stranger = await ListKeysAsync(settings);
        var known = await ListKeysAsync([.. settings, ("SSL_CERT_FILE", server.Authority)]);

        Assert.True((stranger.ExitCode, known.ExitCode) == (1, 0), stranger.Errors + known.Errors);
        Assert.StartsWith("slipway: The database 127.0.0.1", stranger.Errors, StringComparison.Ordinal);
    }

    private static Task<int> AddAsync(ServerDatabase database, DbTransaction transaction, string name, string value) =>
        transaction.Connection!.ExecuteAsync(
            $"insert into settings (name, value) values (@Name, @Value) {database.Dialect.IfAbsent("name")}",
            new { Name = name, Value = value }, transaction);

    private static async Task AppendToAsync(DbTransaction transaction, string name, string text)
    {
        var value = await transaction.Connection!.QuerySingleAsync<string>(
            "select value from settings where name = @Name for update", new { Name = name }, transaction);
        await transaction.Connection!.ExecuteAsync(
            "update settings set value = @Value where name = @Name", new { Name = name, Value = value + text }, transaction);
    }

    private static async Task<(int ExitCode, string Errors)> ListKeysAsync((string Name, string Value)[] variables)
    {
        using var process = SlipwayProgram.Start(variables, ["keys", "list"]);
        var errors = await process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, errors);
    }

    private static async Task<MariaDbServer> MariaDbAsync() =>
        await (await TestContext.Current.GetFixture<DatabaseServers>())!.MariaDbAsync();

    private static async Task<string?> ScalarAsync(DatabaseSite site, string url, string sql)
    {
        await using var database = ServerDatabase.Of(site.Data.Settings(("TRAINING_DB_URL", url)), site.Data.Folder);
        return await database.ReadAsync(connection => connection.ExecuteScalarAsync<string>(sql), Token);
    }

    private static Task<string?> ValueAsync(ServerDatabase database, string name) => database.ReadAsync(
        connection => connection.QueryFirstOrDefaultAsync<string?>("select value from settings where name = @Name", new { Name = name }), Token);
}
