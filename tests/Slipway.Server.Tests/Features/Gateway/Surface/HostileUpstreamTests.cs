using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Usage;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

namespace Slipway.Server.Tests.Features.Gateway.Surface;

/// <summary>
/// Whatever an upstream does to one call: its client gets a clean answer or a clean error, calls that run beside it on the
/// same upstream are untouched, and so are those that come after it on the same connections; the books are right.
/// </summary>
public sealed class HostileUpstreamTests
{
    internal const string Streamed = """{"model":"bad","stream":true,"messages":[{"role":"user","content":"Worst"}]}""";
    private const string Asked = """{"model":"bad","messages":[{"role":"user","content":"Worst"}]}""";
    private const string UsageChunk = """{"id":"1","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}""";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static IEnumerable<TheoryDataRow<int>> Cases => HostileCase.List.Select(
        (one, i) => new TheoryDataRow<int>(i) { TestDisplayName = $"An upstream that {one}" });

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task One_call_suffers_and_nobody_else(int index)
    {
        var (hostile, neighbour, seen) = (HostileCase.List[index], new TaskCompletionSource(), new TaskCompletionSource());
        var acted = new TaskCompletionSource();
        await using var upstream = new RawUpstream(exchange => exchange.Body.Contains("Worst", StringComparison.Ordinal)
            ? ActAsync(hostile, exchange, seen.Task, acted)
            : BehaveAsync(exchange, neighbour.Task));
        await using var server = await StartAsync(upstream, hostile.Limit);
        var beside = server.CallAsync(GatewayServer.StreamedChat.Replace("Hello", "Wait", StringComparison.Ordinal));

        var suffered = AskAsync(server, hostile.Streamed ? Streamed : Asked, seen);
        var during = await CallGoodAsync(server);
        var came = await suffered;
        await acted.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        var after = await CallGoodAsync(server);
        neighbour.SetResult();
        var good = during.Concat(after).Append(TextOf(GatewayServer.Events((await beside).Text)));

        Assert.Equal((hostile.Comes.Status, hostile.Comes.Text, hostile.Comes.Error), came);
        Assert.Equal([.. Enumerable.Repeat("Hi", 12), "xy"], good);
        await server.StopAsync();
        var books = await server.Services.GetRequiredService<UsageStore>().QueryAsync(
            "2000-01-01", "2999-12-31", key: null, model: null, TestContext.Current.CancellationToken);
        Assert.Equal((13L, 13 * 5L, 13 * 2L), books.Where(sum => sum.Model == "m").Select(sum => (sum.Requests, sum.Prompt, sum.Completion)).Single());
        Assert.Equal(
            hostile.Comes.Booked is { } booked ? [(1L, booked)] : [],
            books.Where(sum => sum.Model == "bad").Select(sum => (sum.Requests, new TokenUsage((int)sum.Prompt, (int)sum.Completion))));
    }

    /// <summary>Both routes lead to the same upstream over the same connections; only their limits differ.</summary>
    private static Task<RunningServer> StartAsync(RawUpstream upstream, string? limit)
    {
        var limits = limit is null ? [] : new[] { $"--Gateway:Routes:bad:Timeouts:{limit}" };
        return RunningServer.StartAsync(args:
        [
            .. new[] { "m", "bad" }.SelectMany(route => new[]
            {
                $"--Gateway:Routes:{route}:Upstreams:0:BaseUrl={upstream.BaseUrl}",
                $"--Gateway:Routes:{route}:Upstreams:0:Model=inner/name",
                $"--Gateway:Routes:{route}:Retries=0",
            }),
            .. limits,
        ]);
    }

    private static async Task ActAsync(HostileCase hostile, RawUpstream.Exchange exchange, Task seen, TaskCompletionSource acted)
    {
        try
        {
            await hostile.Act(exchange, seen);
        }
        finally
        {
            acted.TrySetResult();
        }
    }

    private static async Task BehaveAsync(RawUpstream.Exchange exchange, Task neighbour)
    {
        if (!exchange.Body.Contains("\"stream\":true", StringComparison.Ordinal))
        {
            await exchange.SendJsonAsync(RawUpstream.Whole);
            return;
        }

        var waits = exchange.Body.Contains("Wait", StringComparison.Ordinal);
        await exchange.BeginStreamAsync();
        await exchange.SendEventAsync(RawUpstream.Chunk(waits ? "x" : "H"));
        if (waits)
        {
            await neighbour;
        }

        await exchange.SendEventAsync(RawUpstream.Chunk(waits ? "y" : "i", "\"stop\""));
        await exchange.SendEventAsync(UsageChunk);
        await exchange.SendEventAsync("[DONE]");
        await exchange.EndStreamAsync();
    }

    private static async Task<string[]> CallGoodAsync(RunningServer server) => await Task.WhenAll(Enumerable.Range(0, 6).Select(async i =>
    {
        var (status, text) = await server.CallAsync(i % 2 == 0 ? GatewayServer.Chat : GatewayServer.StreamedChat);
        Assert.Equal(200, status);
        return i % 2 == 0 ? (string)JsonNode.Parse(text)!["choices"]![0]!["message"]!["content"]! : TextOf(GatewayServer.Events(text));
    }));

    private static async Task<(int Status, string Text, string? Error)> AskAsync(RunningServer server, string body, TaskCompletionSource seen)
    {
        using var response = await server.PostAsync(body, until: HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var bytes = new List<byte>();
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer, TestContext.Current.CancellationToken) is var read and > 0)
        {
            bytes.AddRange(buffer.AsSpan(0, read));
            if (bytes.Count > 100)
            {
                seen.TrySetResult();
            }
        }

        seen.TrySetResult();
        var text = Strict.GetString([.. bytes]);
        Assert.DoesNotContain("/opt", text, StringComparison.Ordinal);
        return response.Content.Headers.ContentType?.MediaType is "text/event-stream"
            ? ((int)response.StatusCode, TextOf(GatewayServer.Events(text)), EndOf(text))
            : ((int)response.StatusCode, ContentOf(text), response.IsSuccessStatusCode ? null : GatewayServer.Error(text).Type);
    }

    private static string ContentOf(string json) => (string?)JsonNode.Parse(json)!["choices"]?[0]?["message"]?["content"] ?? "";

    /// <summary>What the chunks of a stream say; every one of them must be an object, or the end.</summary>
    private static string TextOf(List<string> events) => string.Concat(events
        .Where(json => json != "[DONE]").Select(json => (string?)JsonNode.Parse(json)!["choices"]?[0]?["delta"]?["content"]));

    /// <summary>The type of the error at the end of a stream; null where it ends with [DONE], and nothing else is an end.</summary>
    private static string? EndOf(string text)
    {
        var events = GatewayServer.Events(text);
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        Assert.Equal(1, events.Count(json => json == "[DONE]" || json.StartsWith("{\"error\"", StringComparison.Ordinal)));
        return events[^1] == "[DONE]" ? null : GatewayServer.Error(events[^1]).Type;
    }
}
