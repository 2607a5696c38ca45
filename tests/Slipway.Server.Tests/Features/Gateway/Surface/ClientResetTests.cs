using System.Net.Sockets;
using System.Text;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

namespace Slipway.Server.Tests.Features.Gateway.Surface;

public sealed class ClientResetTests
{
    [Fact]
    public async Task A_client_that_breaks_its_connection_within_the_body_has_left_and_is_no_failure_of_ours()
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(upstream);
        for (var i = 0; i < 5; i++)
        {
            using var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
            await client.ConnectAsync("127.0.0.1", new Uri(server.Url).Port, TestContext.Current.CancellationToken);
            await client.SendAsync(Encoding.ASCII.GetBytes(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"model\":"), TestContext.Current.CancellationToken);
            await Waiting.UntilAsync(server.Log, async () =>
                (await server.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken)).Contains("requests_in_flight 1\n", StringComparison.Ordinal));
            client.Dispose();

            // One after another: the next must not take this one's place in the figures.
            var left = i + 1;
            await Waiting.UntilAsync(server.Log, () => Task.FromResult(server.Log.Lines.Count(line => line.EventId == 1011 && line.Message.Contains("POST", StringComparison.Ordinal)) == left));
        }

        Assert.All(server.Log.Lines.Where(line => line.EventId == 1011 && line.Message.Contains("POST", StringComparison.Ordinal)), line =>
            Assert.Contains(" 499 ", line.Message, StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log.Lines, line => line.EventId == 2011);
    }
}
