using System.Text;
using Slipway.Server.Tests.Commands;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

namespace Slipway.Server.Tests.Features.Gateway.Surface;

/// <summary>Many calls: at once, and one after another.</summary>
public sealed class CrowdTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Hundreds_of_calls_are_with_the_upstream_at_once(bool streamed)
    {
        const int Calls = 400;
        var (arrived, all) = (0, new TaskCompletionSource());
        await using var upstream = new RawUpstream(async exchange =>
        {
            if (streamed)
            {
                await exchange.BeginStreamAsync();
                await exchange.SendEventAsync(RawUpstream.Chunk("a"));
            }

            if (Interlocked.Increment(ref arrived) == Calls)
            {
                all.SetResult();
            }

            // Nobody is answered until everybody has asked.
            await all.Task;
            if (streamed)
            {
                await exchange.SendEventAsync(RawUpstream.Chunk("b", "\"stop\""));
                await exchange.SendEventAsync("[DONE]");
                await exchange.EndStreamAsync();
                return;
            }

            await exchange.SendJsonAsync(RawUpstream.Whole);
        });
        await using var server = await GatewayServer.StartAsync(upstream);

        var answers = await Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => server.CallAsync(streamed ? GatewayServer.StreamedChat : GatewayServer.Chat)));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Single(answers.Select(answer => answer.Text).Distinct());
    }

    /// <summary>The heap of this server holds half of what passes through it: a call that leaves its bytes behind ends it.</summary>
    [Fact]
    public async Task A_server_with_little_memory_outlives_calls_of_every_kind()
    {
        const int HeapBytes = 64 << 20, Piece = 64 << 10, Rounds = 1000;
        var big = new string('x', Piece);
        await using var upstream = new RawUpstream(async exchange =>
        {
            if (!exchange.Body.Contains("\"stream\":true", StringComparison.Ordinal))
            {
                await exchange.SendJsonAsync(RawUpstream.Whole.Replace("Hi", big, StringComparison.Ordinal));
                return;
            }

            await exchange.BeginStreamAsync();
            await exchange.SendEventAsync(RawUpstream.Chunk(big));
            if (exchange.Body.Contains("break", StringComparison.Ordinal))
            {
                exchange.Reset();
                return;
            }

            if (exchange.Body.Contains("leave", StringComparison.Ordinal))
            {
                await exchange.UntilLeftAsync();
                return;
            }

            await exchange.SendEventAsync("[DONE]");
            await exchange.EndStreamAsync();
        });
        using var server = await ServingProgram.StartAsync(
            [
                ("DOTNET_GCHeapHardLimit", $"0x{HeapBytes:x}"),
                ("Gateway__Routes__m__Upstreams__0__BaseUrl", upstream.BaseUrl),
                ("Gateway__Routes__m__Retries", "0"),
                ("Gateway__Routes__m__Breaker__Failures", "10000"),
            ],
            "--no-model");

        for (var i = 0; i < Rounds; i++)
        {
            await CallAsync(server, i, big);
        }

        using var last = await SendAsync(server, GatewayServer.Chat, HttpCompletionOption.ResponseContentRead);
        Assert.True(last.IsSuccessStatusCode);
    }

    // Every round a body of another kind of end, with a model, an id and a text that never came before.
    private static async Task CallAsync(ServingProgram server, int round, string big)
    {
        var kind = (round % 5) switch { 0 => "whole", 1 => "all", 2 => "break", 3 => "leave", _ => "absent" };
        var body = $$"""{"model":"{{(kind == "absent" ? $"absent-{round}" : "m")}}","stream":{{(kind == "whole" ? "false" : "true")}},"user":"{{kind}}","x":"{{round}}{{big}}"}""";
        using var response = await SendAsync(server, body, HttpCompletionOption.ResponseHeadersRead);
        if (kind is "leave")
        {
            return;
        }

        try
        {
            await response.Content.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
        }
        catch (HttpRequestException) when (kind is "break")
        {
        }
    }

    private static async Task<HttpResponseMessage> SendAsync(ServingProgram server, string body, HttpCompletionOption until)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        return await server.Http.SendAsync(request, until, TestContext.Current.CancellationToken);
    }
}
