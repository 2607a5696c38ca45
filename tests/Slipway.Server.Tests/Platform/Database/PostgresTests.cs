using System.Net;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Usage;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Tests.Features.Gateway;

namespace Slipway.Server.Tests.Platform.Database;

/// <summary>Keys and books in PostgreSQL, of two gateways with data folders of their own.</summary>
public sealed class PostgresTests : IDisposable
{
    private readonly DataSite _first = new();
    private readonly DataSite _second = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public async Task Two_gateways_share_keys_budgets_and_books()
    {
        using var postgres = await PostgresServer.StartAsync();
        await using var one = await StartAsync(_first, postgres);
        await using var two = await StartAsync(_second, postgres);
        var issued = await one.MakeKeyAsync(new KeyTerms { Name = "alice", BudgetUsd = 0.005m, Models = ["m"] });
        await two.UntilAsync(async () => await two.StatusAsync(issued.Secret) == HttpStatusCode.OK);
        await one.StatusAsync(issued.Secret);

        // 0.003 USD on each side: each alone would have some left.
        await one.UntilAsync(async () => await one.StatusAsync(issued.Secret) == HttpStatusCode.TooManyRequests);
        await two.UntilAsync(async () => await two.StatusAsync(issued.Secret) == HttpStatusCode.TooManyRequests);
        var renewed = await one.Keys.RotateAsync("alice", TimeSpan.Zero, Token);
        var ended = await two.Keys.RevokeAsync("alice", Token);
        var again = await two.Keys.CreateAsync(new KeyTerms { Name = "alice" }, Token);

        Assert.Equal(issued.Key.Id, renewed.Key.Id);
        Assert.Equal(issued.Key.Id, ended);
        Assert.NotEqual(issued.Key.Id, again.Key.Id);
        await Assert.ThrowsAsync<KeyException>(() => one.Keys.CreateAsync(new KeyTerms { Name = "alice" }, Token));
        var row = Assert.Single(await one.Books.QueryAsync("2000-01-01", "2999-12-31", issued.Key.Id, null, Token));
        Assert.Equal(row.Requests * 3_000_000, row.Cost);
    }

    [Fact]
    public async Task Gateways_that_write_the_same_rows_at_once_never_block_one_another_and_lose_nothing()
    {
        using var postgres = await PostgresServer.StartAsync();
        await using var one = await StartAsync(_first, postgres);
        await using var two = await StartAsync(_second, postgres);

        await Task.WhenAll(new[] { one, two }.Select((server, index) => Task.Run(async () =>
        {
            for (var i = 0; i < 2000; i++)
            {
                server.Ledger.Record(new UsageEntry($"key{(index == 0 ? i : 2000 - i) % 50}", "m", new TokenUsage(1, 1), 1));
                if (i % 100 == 0)
                {
                    await server.Ledger.FoldAsync(Token);
                }
            }
            await server.Ledger.FoldAsync(Token);
        }, Token)));

        var rows = await one.Books.QueryAsync("2000-01-01", "2999-12-31", null, null, Token);
        Assert.Equal((50, 4000L), (rows.Count, rows.Sum(row => row.Requests)));
    }

    [Fact]
    public async Task While_the_database_is_away_calls_go_on_and_are_in_the_books_afterwards()
    {
        using var postgres = await PostgresServer.StartAsync();
        await using var server = await StartAsync(_first, postgres);
        var issued = await server.MakeKeyAsync(new KeyTerms { Name = "alice" });
        await server.StatusAsync(issued.Secret);
        await postgres.StopAsync();

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await server.StatusAsync(issued.Secret));
        }
        await server.UntilAsync(() => Task.FromResult(server.Log.Lines.Any(line => line.EventId == 2162)));
        await postgres.ResumeAsync();
        await server.UntilAsync(() => Task.FromResult(!server.Ledger.HasNews));

        var rows = await server.Books.QueryAsync("2000-01-01", "2999-12-31", null, null, Token);
        Assert.Equal(21, Assert.Single(rows).Requests);
        Assert.Single(server.Log.Lines, line => line.EventId == 2162);
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_an_error_at_start_without_its_password()
    {
        var settings = ("Database:ConnectionString", "Host=127.0.0.1;Port=1;Username=u;Password=s3cret;Database=d;Timeout=2");

        var refusal = await Assert.ThrowsAsync<ServerStartException>(
            () => AccessServer.StartAsync(_first, null, ("Database:Provider", "postgres"), settings));

        Assert.Contains("127.0.0.1:1/d", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", refusal.Message, StringComparison.Ordinal);
    }

    private static Task<AccessServer> StartAsync(DataSite site, PostgresServer postgres) => AccessServer.StartAsync(
        site, null, ("Database:Provider", "postgres"), ("Database:ConnectionString", postgres.ConnectionString),
        ("Auth:Pepper", "one pepper for both of them"), ("Gateway:Prices:m:Prompt", "100"), ("Gateway:Prices:m:Completion", "100"));
}
