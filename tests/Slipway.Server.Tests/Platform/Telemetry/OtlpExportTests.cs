using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Slipway.Server.Tests.Features.Gateway;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

namespace Slipway.Server.Tests.Platform.Telemetry;

public sealed class OtlpExportTests
{
    [Fact]
    public async Task Traces_and_metrics_reach_a_collector_that_is_named()
    {
        var bodies = new ConcurrentDictionary<string, string>();
        await using var collector = await RunningServer.StartAsync(map: app => app.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body, System.Text.Encoding.Latin1);
            bodies[signal] = await reader.ReadToEndAsync();
        }));
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url);
        Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        try
        {
            await using var server = await GatewayServer.StartAsync(upstream);
            Assert.Equal(200, (await server.CallAsync(GatewayServer.Chat)).Status);
        }
        finally
        {
            Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT", null);
            Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_PROTOCOL", null);
        }

        Assert.Contains("gen_ai.usage.output_tokens", bodies["traces"], StringComparison.Ordinal);
        Assert.Contains("gen_ai.server.request.duration", bodies["metrics"], StringComparison.Ordinal);
        Assert.DoesNotContain("Hello", bodies["traces"], StringComparison.Ordinal);
    }
}
