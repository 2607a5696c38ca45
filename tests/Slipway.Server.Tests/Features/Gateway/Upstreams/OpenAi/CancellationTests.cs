using System.Diagnostics;

namespace Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

public sealed class CancellationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_the_client_leaves_the_upstream_learns_of_it_at_once(bool streamed)
    {
        var asked = new TaskCompletionSource();
        var left = new TaskCompletionSource<long>();
        await using var upstream = new RawUpstream(async exchange =>
        {
            if (streamed)
            {
                await exchange.BeginStreamAsync();
                await exchange.SendEventAsync(RawUpstream.Chunk("a"));
            }

            asked.SetResult();
            await exchange.UntilLeftAsync();
            left.SetResult(Stopwatch.GetTimestamp());
        });
        await using var server = await GatewayServer.StartAsync(upstream);
        using var client = new CancellationTokenSource();
        using var content = new StringContent(streamed ? GatewayServer.StreamedChat : GatewayServer.Chat, null, "application/json");
        var call = server.Http.PostAsync("/v1/chat/completions", content, client.Token);
        await asked.Task;

        var leftAt = Stopwatch.GetTimestamp();
        await client.CancelAsync();

        // Far sooner than any limit ends the call.
        Assert.InRange(Stopwatch.GetElapsedTime(leftAt, await left.Task).TotalSeconds, 0, 5);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task A_stream_that_the_client_left_is_logged_with_what_was_produced()
    {
        var sent = new TaskCompletionSource();
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.BeginStreamAsync();
            await exchange.SendEventAsync(RawUpstream.Chunk("a"));
            await exchange.SendEventAsync(RawUpstream.Chunk("b"));
            await exchange.SendEventAsync(RawUpstream.Chunk("c"));
            await exchange.UntilLeftAsync();
            sent.SetResult();
        });
        await using var server = await GatewayServer.StartAsync(upstream);
        using (var response = await server.PostAsync(GatewayServer.StreamedChat, until: HttpCompletionOption.ResponseHeadersRead))
        await using (var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken))
        {
            var reader = new StreamReader(stream);
            for (var i = 0; i < 6; i++)
            {
                await reader.ReadLineAsync(TestContext.Current.CancellationToken);
            }
        }

        await sent.Task;
        await server.StopAsync();

        Assert.Contains(server.Log.Lines, line => line.EventId == 1012 && line.Message.Contains("499", StringComparison.Ordinal)
            && line.Message.Contains("and 3 completion tokens", StringComparison.Ordinal));
    }
}
