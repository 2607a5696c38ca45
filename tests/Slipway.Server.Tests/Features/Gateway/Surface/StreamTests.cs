using System.Text.Json;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

namespace Slipway.Server.Tests.Features.Gateway.Surface;

public sealed class StreamTests
{
    private const string UsageChunk =
        """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"inner/name","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}""";

    [Fact]
    public async Task A_stream_names_the_public_model_and_ends_with_done_once()
    {
        await using var upstream = new RawUpstream(exchange =>
            exchange.StreamAsync(RawUpstream.Chunk("Hi"), RawUpstream.Chunk("", "\"stop\""), UsageChunk));
        await using var server = await GatewayServer.StartAsync(upstream);

        using var response = await server.PostAsync(GatewayServer.StreamedChat);

        var events = GatewayServer.Events(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("no-cache", response.Headers.CacheControl?.ToString());
        Assert.Equal("no", Assert.Single(response.Headers.GetValues("X-Accel-Buffering")));
        Assert.True(double.Parse(Assert.Single(response.Headers.GetValues("x-slipway-overhead-ms")), null) >= 0);
        Assert.Equal(3, events.Count);
        Assert.All(events[..2], json => Assert.Equal("m", JsonDocument.Parse(json).RootElement.GetProperty("model").GetString()));
        Assert.Equal("[DONE]", events[2]);
    }

    [Theory]
    [InlineData("""{"model":"m","stream":true,"messages":[]}""")]
    [InlineData("""{"model":"m","stream":true,"stream_options":null,"messages":[]}""")]
    [InlineData("""{"stream_options":{},"model":"m","stream":true,"messages":[]}""")]
    [InlineData("""{"stream_options":{"include_usage":false},"model":"m","stream":true,"messages":[]}""")]
    [InlineData("""{"stream_options":{"x":1},"model":"m","stream":true,"messages":["stream_options"]}  """)]
    public async Task Usage_is_asked_of_the_upstream_and_kept_from_clients_that_did_not_ask(string body)
    {
        var seen = "";
        await using var upstream = new RawUpstream(exchange =>
        {
            seen = exchange.Body;
            return exchange.StreamAsync(RawUpstream.Chunk("", "\"stop\""), UsageChunk);
        });
        await using var server = await GatewayServer.StartAsync(upstream);

        var (_, text) = await server.CallAsync(body);

        var sent = JsonDocument.Parse(seen).RootElement;
        Assert.True(sent.GetProperty("stream_options").GetProperty("include_usage").GetBoolean());
        Assert.Equal("inner/name", sent.GetProperty("model").GetString());
        Assert.DoesNotContain("usage", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 5, 2)]
    [InlineData(false, 20, 2)]
    public async Task Usage_comes_last_for_clients_that_asked_also_when_the_upstream_never_says(bool isSaid, int prompt, int completion)
    {
        await using var upstream = new RawUpstream(exchange => exchange.StreamAsync(
            [RawUpstream.Chunk("a"), RawUpstream.Chunk("b"), RawUpstream.Chunk("", "\"stop\""), .. isSaid ? new[] { UsageChunk } : []]));
        await using var server = await GatewayServer.StartAsync(upstream);

        var (_, text) = await server.CallAsync(
            """{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[]}""");

        var events = GatewayServer.Events(text);
        var last = JsonDocument.Parse(events[^2]).RootElement;
        Assert.Equal((5, "[DONE]"), (events.Count, events[^1]));
        Assert.Equal(("chatcmpl-1", "m", 0), (last.GetProperty("id").GetString(), last.GetProperty("model").GetString(), last.GetProperty("choices").GetArrayLength()));
        Assert.Equal(prompt, last.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(completion, last.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task A_silent_stream_is_kept_alive_by_comments_between_events()
    {
        var pinged = new TaskCompletionSource();
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.BeginStreamAsync();
            await exchange.SendEventAsync(RawUpstream.Chunk("a"));
            await exchange.SendChunkAsync(RawUpstream.Chunk("half")[..20]);
            await pinged.Task;
            await exchange.UntilLeftAsync();
        });
        await using var server = await GatewayServer.StartAsync(upstream, "--Gateway:KeepAlive=00:00:00.05");

        using var response = await server.PostAsync(GatewayServer.StreamedChat, until: HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var lines = new List<string?>();
        while (lines.Count < 8)
        {
            var line = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
            // While the first chunk is on its way, it is kept alive too.
            if (lines.Count > 0 || line?.StartsWith("data: ", StringComparison.Ordinal) != false)
            {
                lines.Add(line);
            }
        }

        pinged.SetResult();
        Assert.StartsWith("data: {", lines[0], StringComparison.Ordinal);
        Assert.Equal(["", ": ping", "", ": ping", "", ": ping", ""], lines[1..]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_whose_prompt_takes_long_is_kept_alive_before_its_first_chunk(bool answers)
    {
        var pinged = new TaskCompletionSource();
        await using var upstream = new RawUpstream(async exchange =>
        {
            await pinged.Task;
            await (answers ? exchange.StreamAsync(RawUpstream.Chunk("a", "\"stop\"")) : exchange.SendJsonAsync("{}", 500));
        });
        await using var server = await GatewayServer.StartAsync(upstream, "--Gateway:KeepAlive=00:00:00.05", "--Gateway:Routes:m:Retries=0");

        using var response = await server.PostAsync(GatewayServer.StreamedChat, until: HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var first = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        pinged.SetResult();
        var events = GatewayServer.Events(await reader.ReadToEndAsync(TestContext.Current.CancellationToken));

        Assert.Equal(": ping", first);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(answers ? 2 : 1, events.Count);
        Assert.Equal(answers ? "[DONE]" : "upstream_error", answers ? events[^1] : GatewayServer.Error(events[^1]).Type);
    }

    [Theory]
    [InlineData("""{"model":"inner/name","choices":[]}""")]
    [InlineData("""{"model":"inner/name","choices":null}""")]
    [InlineData("""{"model":"inner/name"}""")]
    [InlineData("""{"model":"inner/name","choices":[{}]}""")]
    [InlineData("""{"model":"inner/name","choices":[null,7]}""")]
    [InlineData("""{"model":"inner/name","choices":[{"index":0,"delta":null,"finish_reason":null}]}""")]
    [InlineData("""{"model":"inner/name","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":""}}]}}]}""")]
    [InlineData("""{"model":"inner/name","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}}],"usage":null}""")]
    [InlineData("""{"model":"inner/name","choices":[],"prompt_filter_results":[{"prompt_index":0}]}""")]
    public async Task A_chunk_of_any_shape_passes_as_it_came(string chunk)
    {
        await using var upstream = new RawUpstream(exchange =>
            exchange.StreamAsync(chunk, RawUpstream.Chunk("a"), chunk, RawUpstream.Chunk("", "\"stop\""), chunk));
        await using var server = await GatewayServer.StartAsync(upstream);

        var (_, text) = await server.CallAsync(GatewayServer.StreamedChat);

        var events = GatewayServer.Events(text);
        Assert.Equal((6, "[DONE]"), (events.Count, events[^1]));
        Assert.All(new[] { 0, 2, 4 }, i => Assert.Equal(chunk.Replace("inner/name", "m", StringComparison.Ordinal), events[i]));
    }

    [Fact]
    public async Task The_first_chunk_does_not_wait_for_the_second()
    {
        var seen = new TaskCompletionSource();
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.BeginStreamAsync();
            await exchange.SendEventAsync(RawUpstream.Chunk("a"));
            await seen.Task;
            await exchange.SendEventAsync(RawUpstream.Chunk("b", "\"stop\""));
            await exchange.SendEventAsync("[DONE]");
            await exchange.EndStreamAsync();
        });
        await using var server = await GatewayServer.StartAsync(upstream);

        using var response = await server.PostAsync(GatewayServer.StreamedChat, until: HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var first = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        seen.SetResult();
        var rest = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Contains("\"a\"", first, StringComparison.Ordinal);
        Assert.Contains("[DONE]", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_cut_at_every_byte_is_the_same_stream()
    {
        var whole = $"data: {RawUpstream.Chunk("größe")}\r\n\r\n: ping\n\ndata: {RawUpstream.Chunk("", "\"stop\"")}\n\ndata: [DONE]\n\n";
        var bytes = System.Text.Encoding.UTF8.GetBytes(whole);
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.BeginStreamAsync();
            var cut = exchange.Number % bytes.Length;
            foreach (var part in new[] { bytes[..cut], bytes[cut..] }.Where(part => part.Length > 0))
            {
                await exchange.SendAsync($"{part.Length:x}\r\n");
                await exchange.SendAsync(part);
                await exchange.SendAsync("\r\n");
            }

            await exchange.EndStreamAsync();
        });
        await using var server = await GatewayServer.StartAsync(upstream);
        var expected = (await server.CallAsync(GatewayServer.StreamedChat)).Text;

        for (var i = 0; i < bytes.Length; i++)
        {
            Assert.Equal(expected, (await server.CallAsync(GatewayServer.StreamedChat)).Text);
        }

        Assert.Contains("größe", expected, StringComparison.Ordinal);
    }
}
