using System.Net;
using System.Net.Sockets;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

namespace Slipway.Server.Tests.Features.Gateway.Routing;

public sealed class DispatchTests
{
    private const string Error = """{"error":{"message":"no"}}""";

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_call_that_fails_on_one_upstream_is_answered_by_another(int status)
    {
        await using var bad = RawUpstream.Json(Error, status);
        await using var good = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync([bad, good]);

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(200, (await server.CallAsync(GatewayServer.Chat)).Status);
        }

        Assert.Equal(4, good.Requests);
        Assert.InRange(bad.Requests, 1, 3);
    }

    [Fact]
    public async Task An_upstream_that_is_not_there_is_passed_by_and_then_left_alone()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        await using var good = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(
            good, $"--Gateway:Routes:m:Upstreams:1:BaseUrl=http://127.0.0.1:{port}/v1", "--Gateway:Routes:m:Breaker:Failures=2");

        for (var i = 0; i < 8; i++)
        {
            Assert.Equal(200, (await server.CallAsync(GatewayServer.Chat)).Status);
        }

        var metrics = await server.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Contains("slipway_gateway_upstream_state{gen_ai_request_model=\"m\",upstream=\"1\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("slipway_gateway_retries_total{gen_ai_request_model=\"m\"} 2\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_of_the_request_is_not_tried_again()
    {
        await using var upstream = RawUpstream.Json(Error, 400);
        await using var other = RawUpstream.Json(Error, 400);
        await using var server = await GatewayServer.StartAsync([upstream, other], "--Gateway:Routes:m:Retries=5");

        Assert.Equal(400, (await server.CallAsync(GatewayServer.Chat)).Status);

        Assert.Equal(1, upstream.Requests + other.Requests);
    }

    [Fact]
    public async Task After_the_first_byte_nothing_is_tried_again()
    {
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.BeginStreamAsync();
            await exchange.SendEventAsync(RawUpstream.Chunk("a"));
            exchange.CloseAfter();
        });
        await using var spare = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(
            upstream, "--Gateway:Routes:m:Retries=5", "--Gateway:Routes:m:Fallbacks:0=spare", $"--Gateway:Routes:spare:Upstreams:0:BaseUrl={spare.BaseUrl}");

        await server.CallAsync(GatewayServer.StreamedChat);

        Assert.Equal((1, 0), (upstream.Requests, spare.Requests));
    }

    [Fact]
    public async Task A_stream_that_breaks_before_its_first_chunk_is_tried_again()
    {
        await using var upstream = new RawUpstream(async exchange =>
        {
            await exchange.BeginStreamAsync();
            if (exchange.Number < 3)
            {
                exchange.CloseAfter();
                return;
            }

            await exchange.SendEventAsync(RawUpstream.Chunk("a", "\"stop\""));
            await exchange.SendEventAsync("[DONE]");
            await exchange.EndStreamAsync();
        });
        await using var server = await GatewayServer.StartAsync(upstream);

        var (_, text) = await server.CallAsync(GatewayServer.StreamedChat);

        Assert.Equal((2, 3), (GatewayServer.Events(text).Count, upstream.Requests));
    }

    [Fact]
    public async Task A_busy_upstream_says_when_to_come_back_and_the_client_is_told()
    {
        await using var upstream = RawUpstream.Json(Error, 429, "Retry-After: 30\r\n");
        await using var server = await GatewayServer.StartAsync(upstream, "--Gateway:Routes:m:MaxRetryDelay=00:00:01");

        using var first = await server.PostAsync(GatewayServer.Chat);
        using var second = await server.PostAsync(GatewayServer.Chat);

        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(30)), (first.StatusCode, first.Headers.RetryAfter?.Delta));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        Assert.InRange(second.Headers.RetryAfter?.Delta?.TotalSeconds ?? 0, 25, 30);
        Assert.Equal(1, upstream.Requests);
    }

    [Fact]
    public async Task A_short_wait_that_the_only_upstream_asks_for_is_waited()
    {
        await using var upstream = new RawUpstream(exchange => exchange.Number == 1
            ? exchange.SendJsonAsync(Error, 429, "Retry-After: 0.2\r\n")
            : exchange.SendJsonAsync(RawUpstream.Whole));
        await using var server = await GatewayServer.StartAsync(upstream);

        Assert.Equal(200, (await server.CallAsync(GatewayServer.Chat)).Status);

        Assert.Equal(2, upstream.Requests);
    }

    [Fact]
    public async Task Calls_that_find_every_upstream_busy_wait_for_it_as_well()
    {
        await using var upstream = new RawUpstream(exchange => exchange.Number == 1
            ? exchange.SendJsonAsync(Error, 429, "Retry-After: 0.5\r\n")
            : exchange.SendJsonAsync(RawUpstream.Whole));
        await using var server = await GatewayServer.StartAsync(upstream, "--Gateway:Routes:m:Retries=0");
        Assert.Equal(429, (await server.CallAsync(GatewayServer.Chat)).Status);

        var later = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => server.CallAsync(GatewayServer.Chat)));

        Assert.All(later, call => Assert.Equal(200, call.Status));
    }

    [Fact]
    public async Task Nobody_is_called_but_for_a_client()
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(upstream, "--Gateway:Routes:m:Breaker:Cooldown=00:00:00.01");

        foreach (var path in new[] { "/health", "/ping", "/healthz", "/_internal/health", "/metrics", "/v1/models", "/v1/models/m", "/" })
        {
            using var response = await server.Http.GetAsync(path, TestContext.Current.CancellationToken);
        }

        await server.StopAsync();
        Assert.Equal((0, 0), (upstream.Requests, upstream.Connections));
    }

    [Fact]
    public async Task When_a_route_cannot_answer_its_fallback_does()
    {
        await using var bad = RawUpstream.Json(Error, 500);
        await using var good = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(
            bad, "--Gateway:Routes:m:Retries=0", "--Gateway:Routes:m:Fallbacks:0=spare", $"--Gateway:Routes:spare:Upstreams:0:BaseUrl={good.BaseUrl}");

        var (status, text) = await server.CallAsync(GatewayServer.Chat);

        Assert.Equal(200, status);
        Assert.Contains("\"model\":\"m\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_all_are_left_alone_the_client_learns_when_to_come_back()
    {
        await using var upstream = RawUpstream.Json(Error, 500);
        await using var server = await GatewayServer.StartAsync(
            upstream, "--Gateway:Routes:m:Retries=0", "--Gateway:Routes:m:Breaker:Failures=1", "--Gateway:Routes:m:Breaker:Cooldown=00:00:20");
        Assert.Equal(502, (await server.CallAsync(GatewayServer.Chat)).Status);

        using var response = await server.PostAsync(GatewayServer.Chat);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.InRange(response.Headers.RetryAfter?.Delta?.TotalSeconds ?? 0, 15, 20);
        Assert.Equal(1, upstream.Requests);
    }

    [Fact]
    public async Task One_name_serves_several_upstreams_by_prefix()
    {
        await using var one = RawUpstream.Json(RawUpstream.Whole);
        await using var two = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync([one, two], "--Gateway:Routes:m:Strategy=PrefixAffinity");

        for (var i = 0; i < 6; i++)
        {
            var later = string.Concat(Enumerable.Repeat(""",{"role":"assistant","content":"x"},{"role":"user","content":"y"}""", i));
            await server.CallAsync($$"""{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"Hello"}{{later}}]}""");
        }

        Assert.Equal((6, 0), (Math.Max(one.Requests, two.Requests), Math.Min(one.Requests, two.Requests)));
    }
}
