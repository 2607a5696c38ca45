using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Features.Gateway.Usage;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Gateway.Usage;

/// <summary>What calls of the gateway come to in the books.</summary>
public sealed class BooksTests
{
    private const string LongAnswer =
        """{"model":"test-qwen3","max_completion_tokens":30000,"ignore_eos":true,"messages":[{"role":"user","content":"Hello"}]}""";

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/completions")]
    [InlineData("/v1/embeddings")]
    public async Task Every_endpoint_is_counted(string path)
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(upstream);

        await server.CallAsync("""{"model":"m","messages":[],"prompt":"a","input":"a"}""", path);

        var booked = Assert.Single(await AtTheEndAsync(server));
        Assert.Equal(("m", 1L, 5L, 2L), (booked.Model, booked.Requests, booked.Prompt, booked.Completion));
    }

    [Fact]
    public async Task A_stream_that_the_client_left_is_booked_as_far_as_it_came()
    {
        var left = new TaskCompletionSource();
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.BeginStreamAsync();
            await exchange.SendEventAsync(RawUpstream.Chunk("a"));
            await exchange.SendEventAsync(RawUpstream.Chunk("b"));
            await exchange.UntilLeftAsync();
            left.SetResult();
        });
        await using var server = await GatewayServer.StartAsync(upstream);
        using (var response = await server.PostAsync(GatewayServer.StreamedChat, until: HttpCompletionOption.ResponseHeadersRead))
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
            for (var i = 0; i < 3; i++)
            {
                await reader.ReadLineAsync(TestContext.Current.CancellationToken);
            }
        }

        await left.Task;

        var booked = Assert.Single(await AtTheEndAsync(server));
        Assert.Equal((1L, (long)GatewayServer.StreamedChat.Length / 4, 2L), (booked.Requests, booked.Prompt, booked.Completion));
    }

    [Fact]
    public async Task A_whole_answer_that_the_client_did_not_wait_for_is_booked_as_far_as_the_engine_came()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        using var client = new CancellationTokenSource();
        using var content = new StringContent(LongAnswer, null, "application/json");
        var call = server.Http.PostAsync("/v1/chat/completions", content, client.Token);
        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load.GeneratedTokens >= 10));

        await client.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load.Running == 0));
        var booked = Assert.Single(await AtTheEndAsync(server));
        Assert.True(booked.Prompt > 0);
        Assert.InRange(booked.Completion, 10, 29_999);
    }

    [Fact]
    public async Task A_whole_answer_that_took_too_long_is_an_error_and_booked_as_far_as_the_engine_came()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(
            model, "--Gateway:Routes:slow:Upstreams:0:Kind=engine", "--Gateway:Routes:slow:Timeouts:Whole=00:00:03");

        var (status, text) = await server.CallAsync(LongAnswer.Replace("test-qwen3", "slow", StringComparison.Ordinal));

        Assert.Equal((504, "timeout"), (status, GatewayServer.Error(text).Type));
        Assert.InRange(Assert.Single(await AtTheEndAsync(server)).Completion, 1, 29_999);
    }

    [Fact]
    public async Task While_the_database_is_locked_calls_go_on_and_nothing_is_lost()
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(upstream);
        var file = server.Services.GetRequiredService<Slipway.Server.Platform.Database.DataFolder>().In("slipway.db");
        await using (var other = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            await other.OpenAsync(TestContext.Current.CancellationToken);
            await using var locking = other.CreateCommand();
            locking.CommandText = "begin exclusive";
            await locking.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

            for (var i = 0; i < 50; i++)
            {
                Assert.Equal(200, (await server.CallAsync(GatewayServer.Chat)).Status);
            }
        }

        var booked = Assert.Single(await AtTheEndAsync(server));
        Assert.Equal((50L, 250L, 100L), (booked.Requests, booked.Prompt, booked.Completion));
    }

    /// <summary>A client has its answer before the call is over; a server that stops waits for that, and folds its journal.</summary>
    private static async Task<List<UsageSum>> AtTheEndAsync(RunningServer server)
    {
        await server.StopAsync();
        return await server.Services.GetRequiredService<UsageStore>().QueryAsync(
            "2000-01-01", "2999-12-31", key: null, model: null, TestContext.Current.CancellationToken);
    }
}
