using System.Collections.Concurrent;
using Slipway.Server.Tests.Features.Gateway;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

namespace Slipway.Server.Tests.Platform.Telemetry;

public sealed class OtlpExportTests
{
    [Fact]
    public async Task Traces_and_metrics_reach_a_collector_that_is_named()
    {
        var bodies = new ConcurrentDictionary<string, string>();
        await using var collector = new RawUpstream(exchange =>
        {
            bodies[exchange.Head.Split(' ')[1]] = exchange.Body;
            return exchange.SendJsonAsync("{}");
        });
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);

        await using (var server = await GatewayServer.StartAsync(
            upstream, $"--OTEL_EXPORTER_OTLP_ENDPOINT={new Uri(collector.BaseUrl).GetLeftPart(UriPartial.Authority)}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"))
        {
            Assert.Equal(200, (await server.CallAsync(GatewayServer.Chat)).Status);

            // The client has its answer before the call is over; a server that stops waits for that.
            await server.StopAsync();
        }

        Assert.Contains("gen_ai.usage.output_tokens", bodies["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("gen_ai.server.request.duration", bodies["/v1/metrics"], StringComparison.Ordinal);
        Assert.DoesNotContain("Hello", bodies["/v1/traces"], StringComparison.Ordinal);
    }
}
