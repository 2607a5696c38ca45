using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Features.Gateway.Usage;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Gateway.Keys;

public sealed class EndpointGuardTests
{
    private const string Chat = "/api/v1/chat";

    [Theory]
    [InlineData("/api/v1/model/info")]
    [InlineData("/metrics")]
    public async Task Once_there_is_a_key_everything_asks_for_one(string path)
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(server, null, path)).Status);
        var key = await MakeKeyAsync(server, new KeyTerms { Name = "a" });

        var (status, body) = await AskAsync(server, null, path);

        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Contains("no API key", JsonDocument.Parse(body).RootElement.Field("detail"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(server, key, path)).Status);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/ping")]
    [InlineData("/healthz")]
    [InlineData("/_internal/health")]
    [InlineData("/")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/docs/index.html")]
    public async Task What_holds_no_secret_never_asks(string path)
    {
        await using var server = await RunningServer.StartAsync();
        await MakeKeyAsync(server, new KeyTerms { Name = "a" });

        var (status, _) = await AskAsync(server, null, path);

        Assert.NotEqual(HttpStatusCode.Unauthorized, status);
        Assert.NotEqual(HttpStatusCode.NotFound, status);
    }

    [Fact]
    public async Task Without_any_key_only_this_machine_is_let_in()
    {
        await using var server = await RunningServer.StartAsync();
        server.Http.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.7");

        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(server, null, "/api/v1/model/info")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(server, null, "/metrics")).Status);
        Assert.NotEqual(HttpStatusCode.Unauthorized, (await AskAsync(server, null, "/health")).Status);
    }

    [Fact]
    public async Task Models_are_changed_by_administrators()
    {
        await using var server = await RunningServer.StartAsync();
        var key = await MakeKeyAsync(server, new KeyTerms { Name = "a" });
        var admin = await MakeKeyAsync(server, new KeyTerms { Name = "b", Admin = true });

        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(server, key, "/api/v1/model/unload", new { })).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(server, key, "/api/v1/model/load", new { model = "/etc/passwd" })).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(server, key, "/quantization", new { format = "int8" })).Status);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(server, admin, "/api/v1/model/unload", new { })).Status);
    }

    [Fact]
    public async Task An_answer_of_the_chat_service_is_limited_and_counted_like_a_call_of_the_gateway()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        var key = await MakeKeyAsync(server, new KeyTerms { Name = "a", Rpm = 1 });

        var (status, body) = await AskAsync(server, key, Chat, new { message = "m", max_tokens = 5 });
        using var refused = await SendAsync(server, key, Chat, new { message = "m", max_tokens = 5 });

        Assert.Equal(HttpStatusCode.OK, status);
        var usage = JsonDocument.Parse(body).RootElement.GetProperty("usage");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("1", refused.Headers.GetValues("x-ratelimit-limit-requests").Single());
        Assert.NotNull(refused.Headers.RetryAfter);
        var booked = Assert.Single(await BooksAsync(server));
        Assert.Equal(("test-qwen3", 1L), (booked.Model, booked.Requests));
        Assert.Equal(usage.GetProperty("prompt_tokens").GetInt64(), booked.Prompt);
        Assert.Equal(5, booked.Completion);
    }

    [Fact]
    public async Task A_stream_that_the_client_left_is_counted_up_to_there()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        var key = await MakeKeyAsync(server, new KeyTerms { Name = "a" });

        using (var response = await SendAsync(server, key, "/api/v1/chat/stream", new { message = "m", max_tokens = 100_000 }, leavesEarly: true))
        {
            await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
            await stream.ReadExactlyAsync(new byte[200], TestContext.Current.CancellationToken);
        }

        await Waiting.UntilAsync(server.Log, async () => (await BooksAsync(server)).Count == 1);
        var booked = Assert.Single(await BooksAsync(server));
        Assert.True(booked.Prompt > 0);
        Assert.InRange(booked.Completion, 1, 99_999);
    }

    [Fact]
    public async Task A_key_for_another_model_gets_no_answer()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        var other = await MakeKeyAsync(server, new KeyTerms { Name = "a", Models = ["somebody-else"] });
        var same = await MakeKeyAsync(server, new KeyTerms { Name = "b", Models = ["test-qwen3"] });

        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(server, other, Chat, new { message = "m", max_tokens = 1 })).Status);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(server, same, Chat, new { message = "m", max_tokens = 1 })).Status);
    }

    private static async Task<string> MakeKeyAsync(RunningServer server, KeyTerms terms)
    {
        var issued = await server.Services.GetRequiredService<KeyIssuer>().CreateAsync(terms, TestContext.Current.CancellationToken);
        await server.Services.GetRequiredService<KeyRing>().RefreshAsync(TestContext.Current.CancellationToken);
        return issued.Secret;
    }

    private static async Task<(HttpStatusCode Status, string Body)> AskAsync(RunningServer server, string? key, string path, object? body = null)
    {
        using var response = await SendAsync(server, key, path, body);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<HttpResponseMessage> SendAsync(
        RunningServer server, string? key, string path, object? body, bool leavesEarly = false)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path)
        {
            Content = body is null ? null : JsonContent.Create(body),
        };
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        var until = leavesEarly ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead;
        return await server.Http.SendAsync(request, until, TestContext.Current.CancellationToken);
    }

    private static async Task<List<UsageSum>> BooksAsync(RunningServer server)
    {
        await server.Services.GetRequiredService<UsageLedger>().FoldAsync(TestContext.Current.CancellationToken);
        return await server.Services.GetRequiredService<UsageStore>().QueryAsync(
            "2000-01-01", "2999-12-31", key: null, model: null, TestContext.Current.CancellationToken);
    }
}
