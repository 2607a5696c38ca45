using System.Text;

namespace Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

/// <summary>Whatever an upstream does, the client gets a clean answer, a clean error, or a clean stream that ends with one.</summary>
public sealed class ChaosTests
{
    private const string Json = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

    private static readonly string[] NoRetries = ["--Gateway:Routes:m:Retries=0", "--Gateway:Routes:m:Breaker:Failures=1000"];

    [Theory]
    [InlineData("reset at once", "")]
    [InlineData("reset in the head", "HTTP/1.1 200 OK\r\nContent-")]
    [InlineData("not HTTP", "SSH-2.0-OpenSSH_9.2p1\r\n\r\n")]
    [InlineData("a body that is cut off", Json + "Content-Length: 500\r\n\r\n{\"choices\":[")]
    [InlineData("an HTML page", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<h1>Hello!</h1>")]
    [InlineData("a JSON number", Json + "Content-Length: 2\r\n\r\n42")]
    [InlineData("nothing", Json + "Content-Length: 0\r\n\r\n")]
    [InlineData("broken UTF-8", Json + "Content-Length: 8\r\n\r\n{\"a\":\"\u00e9")]
    [InlineData("two lengths", Json + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ")]
    [InlineData("a length and chunks", Json + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}")]
    [InlineData("a negative length", Json + "Content-Length: -2\r\n\r\n{}")]
    [InlineData("a chunk of broken size", Json + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")]
    [InlineData("compressed", Json + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("a redirect", "HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/secret\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("500 with a stack", "HTTP/1.1 500 X\r\nContent-Length: 30\r\n\r\nTraceback at 10.0.0.1 line 4711")]
    [InlineData("our key refused", "HTTP/1.1 401 X\r\nContent-Type: application/json\r\nContent-Length: 38\r\n\r\n{\"error\":{\"message\":\"bad key sk-1234\"}}")]
    public async Task A_broken_answer_becomes_a_clean_502(string what, string reply)
    {
        Assert.NotEmpty(what);
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.SendAsync(Encoding.Latin1.GetBytes(reply));
            exchange.CloseAfter();
        });
        await using var server = await GatewayServer.StartAsync(upstream, NoRetries);

        var (status, text) = await server.CallAsync(GatewayServer.Chat);

        Assert.Equal(502, status);
        Assert.Equal(("upstream_error", "upstream_error"), (GatewayServer.Error(text).Type, GatewayServer.Error(text).Code));
        Assert.DoesNotContain("10.0.0.1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-1234", text, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_error_object_with_status_200_is_an_error(bool streamed)
    {
        await using var upstream = RawUpstream.Json("""{"error":{"message":"The prompt is too long.","type":"x","code":400}}""");
        await using var server = await GatewayServer.StartAsync(upstream, NoRetries);

        var (status, text) = await server.CallAsync(streamed ? GatewayServer.StreamedChat : GatewayServer.Chat);

        Assert.Equal(400, status);
        Assert.Equal("The prompt is too long.", GatewayServer.Error(text).Message);
    }

    [Fact]
    public async Task A_whole_answer_to_a_request_for_a_stream_is_an_error()
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(upstream, NoRetries);

        var (status, _) = await server.CallAsync(GatewayServer.StreamedChat);

        Assert.Equal(502, status);
    }

    [Theory]
    [InlineData("reset", "")]
    [InlineData("half an event", "data: {\"id\":\"1\",\"cho")]
    [InlineData("no JSON", "data: <html>\n\n")]
    [InlineData("an error", "data: {\"error\":{\"message\":\"CUDA out of memory at /opt/x/y.py\"}}\n\n")]
    public async Task A_stream_that_breaks_off_ends_with_one_error_and_without_done(string what, string last)
    {
        Assert.NotEmpty(what);
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.BeginStreamAsync();
            await exchange.SendEventAsync(RawUpstream.Chunk("a"));
            if (last.Length > 0)
            {
                await exchange.SendChunkAsync(last);
            }

            exchange.CloseAfter();
        });
        await using var server = await GatewayServer.StartAsync(upstream, NoRetries);

        var (status, text) = await server.CallAsync(GatewayServer.StreamedChat);

        var events = GatewayServer.Events(text);
        Assert.Equal((200, 2), (status, events.Count));
        Assert.Equal("upstream_error", GatewayServer.Error(events[1]).Type);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.DoesNotContain("/opt", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data: [DONE]\n\n")]
    [InlineData("data: [DONE]")]
    [InlineData("")]
    [InlineData(": bye\n\n")]
    public async Task A_stream_with_its_finish_reason_is_whole_however_it_ends(string last)
    {
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 100000\r\n\r\n");
            await exchange.SendAsync($"data: {RawUpstream.Chunk("a")}\n\ndata: {RawUpstream.Chunk("", "\"stop\"")}\n\n{last}");
            exchange.CloseAfter();
        });
        await using var server = await GatewayServer.StartAsync(upstream, NoRetries);

        var (_, text) = await server.CallAsync(GatewayServer.StreamedChat);

        Assert.Equal(3, GatewayServer.Events(text).Count);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("error", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_never_begins_is_a_timeout()
    {
        await using var upstream = new RawUpstream(exchange => exchange.UntilLeftAsync());
        await using var server = await GatewayServer.StartAsync(upstream, [.. NoRetries, "--Gateway:Routes:m:Timeouts:FirstToken=00:00:00.2"]);

        var (status, text) = await server.CallAsync(GatewayServer.StreamedChat);

        Assert.Equal((504, "timeout"), (status, GatewayServer.Error(text).Type));
    }

    [Fact]
    public async Task A_stream_that_falls_silent_ends_with_a_timeout()
    {
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.BeginStreamAsync();
            await exchange.SendEventAsync(RawUpstream.Chunk("a"));
            await exchange.UntilLeftAsync();
        });
        await using var server = await GatewayServer.StartAsync(upstream, [.. NoRetries, "--Gateway:Routes:m:Timeouts:BetweenTokens=00:00:00.2"]);

        var (_, text) = await server.CallAsync(GatewayServer.StreamedChat);

        Assert.Equal("timeout", GatewayServer.Error(GatewayServer.Events(text)[1]).Type);
    }

    [Fact]
    public async Task An_answer_that_trickles_is_ended_by_the_limit_of_the_whole_call()
    {
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.SendAsync(Json + "Content-Length: 1000000\r\n\r\n");
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
            while (await pace.WaitForNextTickAsync())
            {
                await exchange.SendAsync(" ");
            }
        });
        await using var server = await GatewayServer.StartAsync(upstream, [.. NoRetries, "--Gateway:Routes:m:Timeouts:Whole=00:00:00.3"]);

        var (status, text) = await server.CallAsync(GatewayServer.Chat);

        Assert.Equal((504, "timeout"), (status, GatewayServer.Error(text).Type));
    }

    [Fact]
    public async Task An_answer_larger_than_the_limit_is_not_held()
    {
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.SendAsync(Json + "Content-Length: 1000000000\r\n\r\n");
            while (true)
            {
                await exchange.SendAsync(new byte[64 << 10]);
            }
        });
        await using var server = await GatewayServer.StartAsync(upstream, [.. NoRetries, "--Gateway:MaxAnswerBytes=1000000"]);

        var (status, _) = await server.CallAsync(GatewayServer.Chat);

        Assert.Equal(502, status);
    }

    [Fact]
    public async Task An_event_larger_than_the_limit_ends_the_stream()
    {
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.BeginStreamAsync();
            await exchange.SendEventAsync(RawUpstream.Chunk("a"));
            await exchange.SendEventAsync(RawUpstream.Chunk(new string('x', 100_000)));
            await exchange.UntilLeftAsync();
        });
        await using var server = await GatewayServer.StartAsync(upstream, [.. NoRetries, "--Gateway:MaxEventBytes=20000"]);

        var (_, text) = await server.CallAsync(GatewayServer.StreamedChat);

        Assert.Equal("upstream_error", GatewayServer.Error(GatewayServer.Events(text)[1]).Type);
    }

    [Fact]
    public async Task A_connection_that_was_closed_while_idle_costs_no_error()
    {
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.SendJsonAsync(RawUpstream.Whole);
            exchange.CloseAfter();
        });
        await using var server = await GatewayServer.StartAsync(upstream, NoRetries);

        for (var i = 0; i < 5; i++)
        {
            var (status, _) = await server.CallAsync(GatewayServer.Chat);
            Assert.Equal(200, status);
        }
    }

    [Fact]
    public async Task A_connection_is_used_again_after_whole_answers_and_streams()
    {
        await using var upstream = new RawUpstream(exchange => exchange.Body.Contains("\"stream\":true", StringComparison.Ordinal)
            ? exchange.StreamAsync(RawUpstream.Chunk("a"), RawUpstream.Chunk("", "\"stop\""))
            : exchange.SendJsonAsync(RawUpstream.Whole));
        await using var server = await GatewayServer.StartAsync(upstream, NoRetries);

        for (var i = 0; i < 6; i++)
        {
            var (status, _) = await server.CallAsync(i % 2 == 0 ? GatewayServer.Chat : GatewayServer.StreamedChat);
            Assert.Equal(200, status);
        }

        Assert.Equal(6, upstream.Requests);
        Assert.InRange(upstream.Connections, 1, 2);
    }

    [Fact]
    public async Task A_broken_stream_does_not_disturb_another_one()
    {
        var gate = new TaskCompletionSource();
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.BeginStreamAsync();
            await exchange.SendEventAsync(RawUpstream.Chunk("a"));
            if (exchange.Body.Contains("break", StringComparison.Ordinal))
            {
                exchange.Reset();
                return;
            }

            await gate.Task;
            await exchange.SendEventAsync(RawUpstream.Chunk("b", "\"stop\""));
            await exchange.SendEventAsync("[DONE]");
            await exchange.EndStreamAsync();
        });
        await using var server = await GatewayServer.StartAsync(upstream, NoRetries);

        var good = server.CallAsync(GatewayServer.StreamedChat);
        var (_, bad) = await server.CallAsync(GatewayServer.StreamedChat.Replace("Hello", "break", StringComparison.Ordinal));
        gate.SetResult();
        var (_, text) = await good;

        Assert.Contains("error", bad, StringComparison.Ordinal);
        Assert.Equal(3, GatewayServer.Events(text).Count);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
    }
}
