using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Client;
using Slipway.Client.Generation;
using Slipway.Server.Features.Gateway.Usage;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Tests.Features.Gateway;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Generation;

public sealed class GetGenerationStatsTests
{
    private static readonly string[] Fields =
    [
        "total_requests", "successful_requests", "failed_requests", "success_rate", "average_response_time", "p50_response_time",
        "p95_response_time", "p99_response_time", "total_tokens", "tokens_per_second", "active_requests", "queued_requests",
        "uptime_seconds", "since",
    ];

    [Fact]
    public async Task Before_the_first_call_everything_is_there_and_nothing_counted()
    {
        await using var server = await ChatCalls.ServeAsync(null);

        var (status, body) = await server.GetAsync("/stats");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.All(Fields, field => Assert.True(body.TryGetProperty(field, out _), field));
        Assert.Equal(0, body.GetProperty("total_requests").GetInt64());
        Assert.Equal(1, body.GetProperty("success_rate").GetDouble());
        Assert.Equal(["batch_generate", "generate", "thinking"], body.GetProperty("endpoints").EnumerateObject().Select(pair => pair.Name).Order());
        Assert.All(body.GetProperty("endpoints").EnumerateObject(), pair =>
            Assert.All(Fields, field => Assert.True(pair.Value.TryGetProperty(field, out _), field)));
    }

    [Fact]
    public async Task Calls_are_counted_by_endpoint_with_their_times_and_tokens()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        var (_, one) = await server.PostAsync("/generate", new { prompt = "p", max_length = 5, do_sample = false });
        var (_, batch) = await server.PostAsync("/batch_generate", new { prompts = new[] { "a", "b" }, max_length = 5, do_sample = false });
        await server.PostAsync("/generate", new { prompt = "" });
        await server.PostAsync("/generate", new { prompt = "p", model = "gpt-x" });

        var (_, body) = await server.GetAsync("/stats");

        Assert.Equal((4, 2, 2), (Count(body, "total_requests"), Count(body, "successful_requests"), Count(body, "failed_requests")));
        Assert.Equal(0.5, body.GetProperty("success_rate").GetDouble());
        var (single, many) = (one.GetProperty("total_tokens").GetInt64(), batch.GetProperty("stats").GetProperty("total_tokens").GetInt64());
        Assert.Equal(single + many, Count(body, "total_tokens"));
        var generate = body.GetProperty("endpoints").GetProperty("generate");
        Assert.Equal((3, 1, single), (Count(generate, "total_requests"), Count(generate, "successful_requests"), Count(generate, "total_tokens")));
        Assert.Equal(0, Count(body.GetProperty("endpoints").GetProperty("thinking"), "total_requests"));
        var average = generate.GetProperty("average_response_time").GetDouble();
        Assert.True(average >= one.GetProperty("generation_time").GetDouble());
        Assert.InRange(generate.GetProperty("p99_response_time").GetDouble(), average / 1.06, average * 1.06);
        Assert.Equal((0, 0), (Count(generate, "active_requests"), Count(generate, "queued_requests")));
    }

    [Fact]
    public async Task What_runs_and_what_waits_is_told_apart()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:MaxSequences=1");
        using var leaving = new CancellationTokenSource();
        using var first = JsonContent.Create(new { prompt = "p", do_sample = false, max_length = 8192 });
        using var second = JsonContent.Create(new { question = "q" });
        var running = server.Http.PostAsync("/generate", first, leaving.Token);
        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load.Running == 1));
        var waiting = server.Http.PostAsync("/thinking", second, leaving.Token);
        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load.Waiting == 1));

        var (_, body) = await server.GetAsync("/stats");

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal((1, 1), (Count(body, "active_requests"), Count(body, "queued_requests")));
        Assert.Equal(1, Count(body.GetProperty("endpoints").GetProperty("thinking"), "queued_requests"));
    }

    [Fact]
    public async Task Texts_are_limited_and_counted_like_calls_of_the_gateway()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        var issued = await server.Services.GetRequiredService<KeyIssuer>().CreateAsync(
            new KeyTerms { Name = "a", Rpm = 1 }, TestContext.Current.CancellationToken);
        await server.Services.GetRequiredService<KeyRing>().RefreshAsync(TestContext.Current.CancellationToken);
        var (bare, _) = await server.PostAsync("/generate", new { prompt = "p" });
        server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", issued.Secret);

        var (status, body) = await server.PostAsync("/batch_generate", new { prompts = new[] { "a", "b", "c" }, max_length = 5, do_sample = false });
        var (refused, _) = await server.PostAsync("/thinking", new { question = "q" });

        Assert.Equal(
            (HttpStatusCode.Unauthorized, HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (bare, status, refused));
        await Waiting.UntilAsync(server.Log, async () => (await BooksAsync(server)).Count == 1);
        var booked = Assert.Single(await BooksAsync(server));
        Assert.Equal(15, booked.Completion);
        Assert.Equal(body.GetProperty("stats").GetProperty("total_tokens").GetInt64() - 15, booked.Prompt);
    }

    [Fact]
    public async Task The_client_calls_them_all()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        using var client = new SlipwayClient(server.Url);

        var text = await client.GenerateAsync(new GenerateRequest { Prompt = "从前", MaxLength = 6, DoSample = false }, cancel);
        var batch = await client.GenerateBatchAsync(new GenerateBatchRequest { Prompts = ["从前", "p"], MaxLength = 6, DoSample = false }, cancel);
        var thought = await client.ThinkAsync(new ThinkRequest { Question = "q", ThinkingDepth = 1, MaxLength = 6, Temperature = 0 }, cancel);
        var stats = await client.GetGenerationStatsAsync(cancel);

        Assert.Equal(text.GeneratedText, batch.Results[0].Result!.GeneratedText);
        Assert.Equal(2, batch.Stats.Succeeded);
        Assert.Equal([ThoughtIssues.NoThought], thought.Validation.Issues);
        Assert.Equal(1, stats.Endpoints["thinking"].SuccessfulRequests);
        Assert.Equal(3, stats.TotalRequests);
    }

    private static long Count(JsonElement body, string name) => body.GetProperty(name).GetInt64();

    private static async Task<List<UsageSum>> BooksAsync(RunningServer server)
    {
        await server.Services.GetRequiredService<UsageLedger>().FoldAsync(TestContext.Current.CancellationToken);
        return await server.Services.GetRequiredService<UsageStore>().QueryAsync(
            "2000-01-01", "2999-12-31", key: null, model: null, TestContext.Current.CancellationToken);
    }
}
