using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Features.Gateway.Routing;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

namespace Slipway.Server.Tests.Features.Gateway.Surface;

public sealed class SlowClientTests
{
    [Fact]
    public async Task A_client_that_reads_slowly_is_not_held_against_the_upstream()
    {
        const int Chunks = 400;
        var (sent, sentAt) = (0, Stopwatch.StartNew());
        var piece = RawUpstream.Chunk(new string('x', 64 << 10));
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.BeginStreamAsync();
            for (; sent < Chunks; sent++)
            {
                await exchange.SendEventAsync(piece);
                sentAt.Restart();
            }

            await exchange.SendEventAsync(RawUpstream.Chunk("", "\"stop\""));
            await exchange.SendEventAsync("[DONE]");
            await exchange.EndStreamAsync();
        });
        await using var server = await GatewayServer.StartAsync(
            upstream, "--Gateway:Routes:m:Timeouts:BetweenTokens=00:00:02", "--Gateway:Routes:m:Breaker:Failures=1");

        using var response = await server.PostAsync(GatewayServer.StreamedChat, until: HttpCompletionOption.ResponseHeadersRead);
        await Waiting.UntilAsync(server.Log, () => Task.FromResult(sent < Chunks && sentAt.Elapsed > TimeSpan.FromSeconds(5)));
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.Equal(BreakerState.Closed, server.Services.GetRequiredService<RouteTable>().Find("m")!.Replicas[0].Breaker.State);
    }
}
