using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

namespace Slipway.Server.Tests.Features.Gateway.Surface;

public sealed class CallTests
{
    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/completions")]
    [InlineData("/v1/embeddings")]
    public async Task An_answer_comes_whole_with_the_public_name(string path)
    {
        var (seen, head) = ("", "");
        await using var upstream = new RawUpstream(exchange =>
        {
            (seen, head) = (exchange.Body, exchange.Head);
            return exchange.SendJsonAsync(RawUpstream.Whole);
        });
        await using var server = await GatewayServer.StartAsync(upstream);

        using var response = await server.PostAsync("""{"x_unknown":[1,{"model":"no"}],"model":"m","messages":[],"input":"a"}""", path);

        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(RawUpstream.Whole.Replace("inner/name", "m", StringComparison.Ordinal), text);
        Assert.Equal(text.Length, response.Content.Headers.ContentLength);
        Assert.Equal("""{"x_unknown":[1,{"model":"no"}],"model":"inner/name","messages":[],"input":"a"}""", seen);
        Assert.StartsWith($"POST {path} HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"x-request-id: {Assert.Single(response.Headers.GetValues("x-request-id"))}\r\n", head, StringComparison.Ordinal);
        Assert.True(double.Parse(Assert.Single(response.Headers.GetValues("x-slipway-overhead-ms")), null) >= 0);
    }

    [Theory]
    [InlineData("", 400, "body must be a JSON object")]
    [InlineData("[]", 400, "body must be a JSON object")]
    [InlineData("{", 400, "line 1")]
    [InlineData("{\"model\":\"m\",\n  \"messages\":[}", 400, "line 2 at byte 15")]
    [InlineData("{\"model\":\"m\"} x", 400, "not valid JSON")]
    [InlineData("{\"messages\":[]}", 400, "'model' is missing")]
    [InlineData("{\"model\":7}", 400, "'model' must be a string")]
    [InlineData("{\"model\":\"\"}", 400, "'model' must be a string")]
    [InlineData("{\"model\":\"m\",\"model\":\"n\"}", 400, "twice")]
    [InlineData("{\"model\":\"m\",\"mod\\u0065l\":\"n\"}", 400, "twice")]
    [InlineData("{\"model\":\"m\",\"stream\":1}", 400, "'stream' must be")]
    [InlineData("{\"model\":\"nn\"}", 404, "Did you mean 'm'?")]
    public async Task A_wrong_body_is_told_in_openais_form(string body, int expected, string words)
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(upstream);

        var (status, text) = await server.CallAsync(body);

        var (message, type, _) = GatewayServer.Error(text);
        Assert.Equal((expected, "invalid_request_error"), (status, type));
        Assert.Contains(words, message, StringComparison.Ordinal);
        Assert.Equal(0, upstream.Requests);
    }

    [Fact]
    public async Task A_body_nested_without_end_is_refused()
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(upstream);

        var (status, _) = await server.CallAsync("{\"model\":\"m\",\"x\":" + new string('[', 100_000));

        Assert.Equal(400, status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_over_the_limit_is_a_413(bool chunked)
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(upstream, "--Gateway:MaxBodyBytes=2000");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent($$"""{"model":"m","x":"{{new string('x', 3000)}}"}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.TransferEncodingChunked = chunked;

        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("2000", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unless_configured_a_body_may_have_thirty_two_mebibytes()
    {
        const string Begin = """{"model":"absent","x":" """, End = "\"}";
        await using var server = await RunningServer.StartAsync();

        var (status, _) = await server.CallAsync(Begin + new string('x', (32 << 20) - Begin.Length - End.Length) + End);

        Assert.Equal(404, status);
    }

    [Fact]
    public async Task A_body_of_many_kilobytes_reaches_the_upstream_whole()
    {
        var length = 0;
        await using var upstream = new RawUpstream(exchange =>
        {
            length = exchange.Body.Length;
            return exchange.SendJsonAsync(RawUpstream.Whole);
        });
        await using var server = await GatewayServer.StartAsync(upstream);
        var body = $$"""{"model":"m","x":"{{new string('x', 300_000)}}"}""";

        var (status, _) = await server.CallAsync(body);

        Assert.Equal((200, body.Length + "inner/name".Length - 1), (status, length));
    }

    [Fact]
    public async Task A_web_page_cannot_send_what_a_browser_sends_unasked()
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(upstream);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(GatewayServer.Chat, Encoding.UTF8, new MediaTypeHeaderValue("text/plain")),
        };
        request.Headers.Add("Origin", "https://evil.example");

        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Equal(0, upstream.Requests);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("https://chat.example")]
    public async Task Calls_with_and_without_an_origin_are_answered_alike(string? origin)
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(upstream, "--Cors:Origins:0=https://chat.example");
        using var content = new StringContent(GatewayServer.Chat, Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = content };
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(origin, response.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null);
        Assert.NotEmpty(Assert.Single(response.Headers.GetValues("x-request-id")));
    }

    [Fact]
    public async Task Plain_curl_needs_no_media_type()
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(upstream);
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(GatewayServer.Chat));

        using var response = await server.Http.PostAsync("/v1/chat/completions", content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/v1/chat/completions", 405)]
    [InlineData("DELETE", "/v1/models", 405)]
    [InlineData("POST", "/v1/responses", 404)]
    [InlineData("GET", "/v1/models/absent", 404)]
    public async Task Errors_outside_of_calls_have_openais_form_too(string method, string path, int expected)
    {
        await using var server = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal("invalid_request_error", GatewayServer.Error(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Type);
    }

    [Theory]
    [InlineData("org/model-7b")]
    [InlineData("org%2Fmodel-7b")]
    [InlineData("org%2fmodel-7b")]
    public async Task Models_are_listed_and_told_of_one_by_one(string written)
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(upstream, "--Gateway:Routes:m:Aliases:0=org/model-7b");

        var list = await server.Http.GetStringAsync("/v1/models", TestContext.Current.CancellationToken);
        var one = await server.Http.GetStringAsync("/v1/models/" + written, TestContext.Current.CancellationToken);

        var ids = JsonDocument.Parse(list).RootElement.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString());
        Assert.Equal(["m", "org/model-7b"], ids);
        Assert.Equal("org/model-7b", JsonDocument.Parse(one).RootElement.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Behind_a_proxy_nobody_is_taken_for_this_machine()
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(upstream);
        server.Http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");

        var (status, text) = await server.CallAsync(GatewayServer.Chat);

        Assert.Equal((401, "invalid_api_key"), (status, GatewayServer.Error(text).Code));
        Assert.Contains("slipway keys create", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(422)]
    public async Task What_an_upstream_says_of_the_request_is_passed_on_without_its_secrets(int expected)
    {
        await using var upstream = RawUpstream.Json(
            """{"error":{"message":"inner/name at http://10.1.2.3:8000/v1 wants fewer tokens; key sk-abcdef123456, arn:aws:x:y:123456789012:z, /srv/models/a","param":"max_tokens","code":"too_long"}}""",
            expected);
        await using var server = await GatewayServer.StartAsync(upstream);

        var (status, text) = await server.CallAsync(GatewayServer.Chat);

        var (message, _, code) = GatewayServer.Error(text);
        Assert.Equal((expected, "too_long", 1), (status, code, upstream.Requests));
        Assert.Equal("m at … wants fewer tokens; key …, …, …", message);
    }

    [Fact]
    public async Task Metrics_tell_of_calls_by_model_and_never_by_what_clients_wrote()
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(upstream);
        await server.CallAsync(GatewayServer.Chat);
        await server.CallAsync("""{"model":"made-up","messages":[]}""");

        var text = await server.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);

        const string Labels = "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\",gen_ai_request_model=\"m\"";
        Assert.Contains($"slipway_gateway_requests_total{{{Labels},status=\"200\"}} 1\n", text, StringComparison.Ordinal);
        Assert.Contains($"gen_ai_client_token_usage_sum{{{Labels},gen_ai_token_type=\"output\"}} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("slipway_gateway_upstream_state{gen_ai_request_model=\"m\",upstream=\"0\"} 0\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("made-up", text, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);
    }
}
