using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Usage;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Tests.Features.Gateway.Usage;

public sealed class UsageLedgerTests : IDisposable
{
    private readonly DataSite _site = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task What_many_threads_record_is_counted_once_each()
    {
        await using var server = await AccessServer.StartAsync(_site);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 5000; i++)
            {
                server.Ledger.Record(new UsageEntry($"key{thread % 2}", "m", new TokenUsage(3, 2, 1, 1), 7));
            }
        }, Token)));
        await server.Ledger.FoldAsync(Token);

        var rows = await AllAsync(server);
        Assert.Equal(["key0", "key1"], rows.Select(row => row.KeyId));
        Assert.All(rows, row => Assert.Equal(
            (20_000L, 60_000L, 40_000L, 20_000L, 20_000L, 140_000L),
            (row.Requests, row.Prompt, row.Completion, row.Cached, row.Reasoning, row.Cost)));
        Assert.Equal(140_000, server.Ledger.SpendOf("key0").Total);
    }

    [Fact]
    public async Task A_call_that_ends_after_the_server_did_is_only_lost()
    {
        UsageLedger ledger;
        await using (var server = await AccessServer.StartAsync(_site))
        {
            ledger = server.Ledger;
        }

        ledger.Record(new UsageEntry("alice", "m", new TokenUsage(1, 2), 5));

        Assert.Equal(5, ledger.SpendOf("alice").Total);
    }

    [Theory]
    [InlineData("to=0001-01-05")]
    [InlineData("from=9999-12-31&to=9999-12-31")]
    public async Task The_first_and_the_last_days_of_the_calendar_may_be_asked_for(string days)
    {
        await using var server = await AccessServer.StartAsync(_site);

        using var response = await server.Http.GetAsync($"/usage?{days}", Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_journal_left_behind_is_put_into_the_books_once_however_often_that_is_tried()
    {
        using (var left = JournalFile.Create(_site.Folder))
        {
            var journal = new UsageJournal(left);
            journal.Append(new UsageEntry("alice", "m", new TokenUsage(1, 2), 5), time: 1_790_000_000_000);
            journal.Append(new UsageEntry("alice", "m", new TokenUsage(1, 2), 5), time: 1_790_000_000_000);
            // Half a line, as a power failure leaves it.
            left.Append("00000000\t17900"u8);
        }
        File.Copy(Directory.GetFiles(_site.Path, "*.journal").Single(), _site.In("copy"));
        var name = Directory.GetFiles(_site.Path, "*.journal").Single();
        await using (var server = await AccessServer.StartAsync(_site))
        {
            Assert.Equal(10, server.Ledger.SpendOf("alice").Total);
            Assert.False(File.Exists(name));
        }

        await using var restarted = await AccessServer.StartAsync(_site);

        Assert.Equal(2, Assert.Single(await AllAsync(restarted)).Requests);
    }

    [Fact]
    public async Task A_piece_that_is_folded_twice_counts_once()
    {
        await using var database = ServerDatabase.Of(_site.Settings(), _site.Folder);
        await database.PrepareAsync(TimeProvider.System, Token);
        var store = new UsageStore(database);
        using var file = JournalFile.Create(_site.Folder);
        new UsageJournal(file).Append(new UsageEntry("alice", "m", new TokenUsage(1, 2), 5), time: 0);

        var first = await store.FoldAsync(file, Token);
        var second = await store.FoldAsync(file, Token);

        Assert.Equal(5, first.Costs["alice"]);
        Assert.Empty(second.Costs);
        Assert.Equal(5, second.Spent["alice"]);
    }

    [Fact]
    public async Task A_full_journal_is_followed_by_another_and_removed_once_it_is_in_the_books()
    {
        await using var server = await AccessServer.StartAsync(_site);
        var longName = new string('m', 250);

        var threads = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                server.Ledger.Record(new UsageEntry("alice", longName, new TokenUsage(1, 1), 1));
            }
        }, Token)).ToList();
        while (!threads.TrueForAll(thread => thread.IsCompleted))
        {
            await server.Ledger.FoldAsync(Token);
        }
        await server.Ledger.FoldAsync(Token);

        Assert.Equal(80_000, Assert.Single(await AllAsync(server)).Requests);
        Assert.Equal(80_000, server.Ledger.SpendOf("alice").Total);
        Assert.True(new FileInfo(Assert.Single(Directory.GetFiles(_site.Path, "*.journal"))).Length < 16 << 20);
    }

    [Fact]
    public async Task What_is_recorded_after_the_end_is_counted_at_the_next_start()
    {
        var server = await AccessServer.StartAsync(_site);
        server.Ledger.Record(new UsageEntry("alice", "m", new TokenUsage(1, 1), 1));
        await server.Ledger.CloseAsync(Token);
        server.Ledger.Record(new UsageEntry("alice", "m", new TokenUsage(1, 1), 1));
        server.Ledger.Dispose();

        await using var next = await AccessServer.StartAsync(_site);

        Assert.Equal(2, Assert.Single(await AllAsync(next)).Requests);
    }

    [Fact]
    public async Task A_server_that_ends_in_order_leaves_no_journal()
    {
        await using (var server = await AccessServer.StartAsync(_site))
        {
            server.Ledger.Record(new UsageEntry("alice", "m", new TokenUsage(1, 1), 1));
        }

        Assert.Empty(Directory.GetFiles(_site.Path, "*.journal"));
    }

    [Fact]
    public async Task Damaged_lines_are_passed_over_and_told_of()
    {
        using (var left = JournalFile.Create(_site.Folder))
        {
            var journal = new UsageJournal(left);
            left.Append("nonsense\n\n"u8);
            journal.Append(new UsageEntry("alice", "m", new TokenUsage(1, 2), 5), time: 0);
        }

        await using var server = await AccessServer.StartAsync(_site);

        Assert.Equal(5, server.Ledger.SpendOf("alice").Total);
        Assert.Contains(server.Log.Lines, line => line.EventId == 2161);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("tab\tline\nend", "tab line end")]
    [InlineData("模型/八", "模型/八")]
    public void A_line_holds_any_name(string model, string kept)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        new UsageEntry("k", model, new TokenUsage(1, 2, 3, 4), long.MaxValue).WriteLine(output, 99);

        Assert.True(UsageEntry.TryReadLine(output.WrittenSpan[..^1], out var entry, out var time));
        Assert.Equal(new UsageEntry("k", kept, new TokenUsage(1, 2, 3, 4), long.MaxValue), entry);
        Assert.Equal(99, time);
        Assert.False(UsageEntry.TryReadLine(Encoding.UTF8.GetBytes("short"), out _, out _));
    }

    [Fact]
    public async Task Usage_is_told_by_key_model_and_day()
    {
        await using var server = await AccessServer.StartAsync(_site, null, ("Gateway:Prices:m:Completion", "1"));
        await server.StatusAsync(null);
        await server.StatusAsync(null, "other");

        var all = JsonNode.Parse(await server.Http.GetStringAsync("/usage", Token))!["usage"]!.AsArray();
        var one = JsonNode.Parse(await server.Http.GetStringAsync("/usage?model=m&key=none", Token))!["usage"]!.AsArray();
        var none = JsonNode.Parse(await server.Http.GetStringAsync("/usage?from=2001-01-01&to=2001-01-31", Token))!["usage"]!.AsArray();
        using var wrong = await server.Http.GetAsync("/usage?from=yesterday", Token);

        Assert.Equal(2, all.Count);
        Assert.Equal(20, (int)Assert.Single(one)!["completion_tokens"]!);
        Assert.Equal(0.00002m, (decimal)one[0]!["cost_usd"]!);
        Assert.Empty(none);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    [Fact]
    public async Task Two_servers_of_one_folder_see_what_each_other_spends()
    {
        await using var one = await AccessServer.StartAsync(_site);
        await using var two = await AccessServer.StartAsync(_site);
        one.Ledger.Record(new UsageEntry("alice", "m", new TokenUsage(1, 2), 5));
        two.Ledger.Record(new UsageEntry("alice", "m", new TokenUsage(1, 2), 6));

        await one.UntilAsync(() => Task.FromResult(
            one.Ledger.SpendOf("alice").Total == 11 && two.Ledger.SpendOf("alice").Total == 11));

        Assert.Equal(2, Assert.Single(await AllAsync(one)).Requests);
    }

    private static Task<List<UsageSum>> AllAsync(AccessServer server) =>
        server.Books.QueryAsync("2000-01-01", "2999-12-31", null, null, Token);
}
