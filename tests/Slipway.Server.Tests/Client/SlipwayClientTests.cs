using System.Net;
using System.Text;
using Slipway.Client;
using Slipway.Client.Chat;

namespace Slipway.Server.Tests.Client;

/// <summary>The client against recorded answers; against the real server it runs in the chat tests.</summary>
public sealed class SlipwayClientTests
{
    [Fact]
    public async Task A_message_is_sent_as_the_contract_writes_it()
    {
        using var wire = new Wire(
            HttpStatusCode.OK,
            """{"response":"你好！","success":true,"error":null,"usage":{"prompt_tokens":3,"completion_tokens":2}}""");
        using var client = wire.Client();

        var answer = await client.ChatAsync(
            new ChatRequest { Message = "你好 𠮷", History = [new(ChatRoles.User, "a")], MaxTokens = 5, SeparateThinking = true },
            TestContext.Current.CancellationToken);

        Assert.Equal("POST http://host/base/api/v1/chat", wire.Asked);
        Assert.Equal(
            """{"message":"你好 𠮷","history":[{"role":"user","content":"a"}],"max_tokens":5,"separate_thinking":true}""", wire.Body);
        Assert.Equal("你好！", answer.Response);
        Assert.True(answer.Success);
        Assert.Equal(new ChatUsage(3, 2), answer.Usage);
    }

    [Fact]
    public async Task A_stream_is_read_event_by_event_whatever_the_spaces()
    {
        using var wire = new Wire(HttpStatusCode.OK,
            "data: {\"type\": \"start\", \"content\": \"\"}\n\n: a comment\n\n"
            + "data:{\"type\":\"chunk\",\"content\":\"你\"}\r\n\r\ndata: {\"type\": \"end\", \"content\": \"\"}\n\n");
        using var client = wire.Client();

        var events = await client.ChatStreamAsync("x", TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal([new("start", ""), new("chunk", "你"), new("end", "")], events);
    }

    [Fact]
    public async Task A_stream_that_breaks_off_is_an_error_after_what_came()
    {
        using var wire = new Wire(HttpStatusCode.OK, "data: {\"type\": \"start\", \"content\": \"\"}\n\n");
        using var client = wire.Client();
        var seen = new List<ChatEvent>();

        var exception = await Assert.ThrowsAsync<SlipwayException>(async () =>
        {
            await foreach (var item in client.ChatStreamAsync("x", TestContext.Current.CancellationToken))
            {
                seen.Add(item);
            }
        });

        Assert.Equal("start", Assert.Single(seen).Type);
        Assert.Contains("broke off", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_carries_the_servers_sentence()
    {
        using var wire = new Wire(HttpStatusCode.TooManyRequests, """{"detail":"排队已满"}""", ("Retry-After", "7"), ("x-request-id", "r1"));
        using var client = wire.Client();

        var exception = await Assert.ThrowsAsync<SlipwayException>(() => client.ChatAsync("x", TestContext.Current.CancellationToken));

        Assert.Equal(HttpStatusCode.TooManyRequests, exception.Status);
        Assert.Equal("排队已满", exception.Detail);
        Assert.Equal(TimeSpan.FromSeconds(7), exception.RetryAfter);
        Assert.Equal("r1", exception.RequestId);
    }

    [Fact]
    public async Task Every_fault_of_a_body_comes_through()
    {
        using var wire = new Wire(HttpStatusCode.UnprocessableEntity,
            """{"detail":[{"loc":["body","history",0,"role"],"msg":"field required","type":"value_error.missing"}]}""");
        using var client = wire.Client();

        var exception = await Assert.ThrowsAsync<SlipwayException>(() => client.ChatAsync("x", TestContext.Current.CancellationToken));

        Assert.Equal("value_error.missing", Assert.Single(exception.Faults).Type);
        Assert.Equal("body.history.0.role: field required", exception.Message);
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, "<html>router login</html>")]
    [InlineData(HttpStatusCode.OK, "null")]
    [InlineData(HttpStatusCode.BadGateway, "<html>bad gateway</html>")]
    [InlineData(HttpStatusCode.BadGateway, "")]
    [InlineData(HttpStatusCode.BadRequest, """{"detail":[1]}""")]
    public async Task What_is_no_slipway_server_is_an_error_and_never_a_crash(HttpStatusCode status, string body)
    {
        using var wire = new Wire(status, body);
        using var client = wire.Client();

        var exception = await Assert.ThrowsAsync<SlipwayException>(() => client.GetModelInfoAsync(TestContext.Current.CancellationToken));

        Assert.Equal(status, exception.Status);
        Assert.NotEmpty(exception.Message);
    }

    [Fact]
    public async Task An_unhealthy_server_still_answers_how_it_is()
    {
        using var wire = new Wire(HttpStatusCode.ServiceUnavailable, """{"status":"unhealthy","message":"模型未加载"}""");
        using var client = wire.Client();

        var health = await client.GetChatHealthAsync(TestContext.Current.CancellationToken);

        Assert.Equal(new ChatHealth("unhealthy", "模型未加载"), health);
    }

    /// <summary>Answers every request with the same and keeps what was asked.</summary>
    private sealed class Wire(HttpStatusCode status, string answer, params (string Name, string Value)[] headers) : HttpMessageHandler
    {
        public string? Asked { get; private set; }

        public string? Body { get; private set; }

        public SlipwayClient Client() => new(new HttpClient(this, disposeHandler: false) { BaseAddress = new Uri("http://host/base/") });

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked = $"{request.Method} {request.RequestUri}";
            Body = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
            var response = new HttpResponseMessage(status)
            {
                Content = new StringContent(answer, Encoding.UTF8, "application/json"),
                RequestMessage = request,
            };
            foreach (var (name, value) in headers)
            {
                response.Headers.TryAddWithoutValidation(name, value);
            }

            return response;
        }
    }
}
