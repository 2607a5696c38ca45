using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Upstreams.OpenAi;

namespace Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

/// <summary>A connection belongs to one call at a time, and what comes over it to the call that it was meant for.</summary>
public sealed class ConnectionTests
{
    private const string Stream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";

    private static readonly string[] NoRetries = ["--Gateway:Routes:m:Retries=0", "--Gateway:Routes:m:Breaker:Failures=1000"];

    [Theory]
    [InlineData("Content-Length: 0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Content-Length: 14\r\n\r\ndata: [DONE]\n\n")]
    [InlineData("Content-Length: 29\r\n\r\ndata: {\"error\":{\"code\":500}}\n")]
    public async Task After_a_stream_that_came_to_nothing_a_connection_still_serves_one_call_at_a_time(string reply)
    {
        await using var upstream = new RawUpstream(async exchange =>
        {
            if (exchange.Number == 1)
            {
                await exchange.SendAsync(Stream + reply);
                return;
            }

            await exchange.BeginStreamAsync();
            await exchange.SendEventAsync(RawUpstream.Chunk("a"));
        });
        await using var server = await GatewayServer.StartAsync(upstream, NoRetries);
        Assert.Equal(502, (await server.CallAsync(GatewayServer.StreamedChat)).Status);

        using var one = await server.PostAsync(GatewayServer.StreamedChat, until: HttpCompletionOption.ResponseHeadersRead);
        var before = upstream.Connections;
        var other = server.PostAsync(GatewayServer.StreamedChat, until: HttpCompletionOption.ResponseHeadersRead);
        await Waiting.UntilAsync(server.Log, () => Task.FromResult(upstream.Requests == 3));

        Assert.Equal(before + 1, upstream.Connections);
        (await other).Dispose();
    }

    [Fact]
    public async Task An_answer_that_nobody_asked_for_is_not_given_to_the_next_call()
    {
        var isRead = new TaskCompletionSource();
        var isSent = new TaskCompletionSource();
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.SendJsonAsync(RawUpstream.Whole.Replace("Hi", $"answer {exchange.Number}", StringComparison.Ordinal));
            if (exchange.Number == 1)
            {
                await isRead.Task;
                await exchange.SendJsonAsync(RawUpstream.Whole.Replace("Hi", "somebody else's", StringComparison.Ordinal));
                isSent.SetResult();
            }
        });
        await using var server = await GatewayServer.StartAsync(upstream, NoRetries);
        await server.CallAsync(GatewayServer.Chat);
        isRead.SetResult();
        await isSent.Task;

        var (status, text) = await server.CallAsync(GatewayServer.Chat);

        Assert.Equal(200, status);
        Assert.Contains("answer 2", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_on_its_way_to_an_upstream_that_was_just_taken_out_may_go_elsewhere()
    {
        var line = new HandlerLine(new Uri("https://127.0.0.1:9/v1"), null, null, TimeSpan.FromSeconds(1), TimeProvider.System);
        line.Dispose();
        var call = new GatewayCall
        {
            Operation = GatewayOperation.ChatCompletion,
            Body = """{"model":"m"}"""u8.ToArray(),
            Model = "m",
            ModelAt = 9..12,
            RequestId = "1",
        };

        await Assert.ThrowsAsync<IOException>(async () => await line.SendAsync(
            "/chat/completions", SplicedBody.Of(call, "\"m\""u8.ToArray(), asksUsage: false), "1", TestContext.Current.CancellationToken));
    }
}
