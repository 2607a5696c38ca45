using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Generation;

public sealed class PostBatchGenerateTests
{
    private const string Path = "/batch_generate";

    [Fact]
    public async Task Ten_prompts_give_what_each_gives_alone()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        var prompts = Enumerable.Range(0, 10).Select(i => $"prompt {i}").ToList();

        var (status, body) = await server.PostAsync(Path, new { prompts, max_length = 12, do_sample = false });

        Assert.Equal(HttpStatusCode.OK, status);
        var results = body.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(Enumerable.Range(0, 10), results.Select(item => item.GetProperty("index").GetInt32()));
        for (var i = 0; i < 10; i++)
        {
            var (_, alone) = await server.PostAsync("/generate", new { prompt = prompts[i], max_length = 12, do_sample = false });
            Assert.True(results[i].GetProperty("success").GetBoolean());
            Assert.Equal(JsonValueKind.Null, results[i].GetProperty("error").ValueKind);
            Assert.Equal(alone.Field("generated_text"), results[i].GetProperty("result").Field("generated_text"));
        }
    }

    [Fact]
    public async Task The_account_is_that_of_all()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, body) = await server.PostAsync(Path, new { prompts = new[] { "a", "b", "c" }, max_length = 7, do_sample = false });

        var (stats, results) = (body.GetProperty("stats"), body.GetProperty("results").EnumerateArray().ToList());
        Assert.Equal((3, 3, 0), (Number(stats, "total"), Number(stats, "succeeded"), Number(stats, "failed")));
        Assert.Equal(results.Sum(item => Number(item.GetProperty("result"), "total_tokens")), Number(stats, "total_tokens"));
        Assert.True(stats.GetProperty("total_time").GetDouble() > 0);
        Assert.Equal(21 / stats.GetProperty("total_time").GetDouble(), stats.GetProperty("tokens_per_second").GetDouble(), 1e-6);
        Assert.Equal(3, results.Select(item => item.GetProperty("result").Field("request_id")).Distinct().Count());
    }

    [Fact]
    public async Task Whole_requests_keep_their_own_settings()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, body) = await server.PostAsync(Path, new
        {
            requests = new[] { new { prompt = "a", max_length = 3, do_sample = false }, new { prompt = "b", max_length = 9, do_sample = false } },
        });

        Assert.Equal(
            [3, 9], body.GetProperty("results").EnumerateArray().Select(item => Number(item.GetProperty("result"), "completion_tokens")));
    }

    [Fact]
    public async Task One_that_fails_leaves_the_others_alone()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:KvTokens=128");

        var (status, body) = await server.PostAsync(Path, new
        {
            requests = new object[]
            {
                new { prompt = new string('x', 500), max_length = 4 }, new { prompt = "b", max_length = 4, do_sample = false }, new { prompt = "c", model = "gpt-x" },
            },
        });

        Assert.Equal(HttpStatusCode.OK, status);
        var results = body.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal([false, true, false], results.Select(item => item.GetProperty("success").GetBoolean()));
        Assert.Equal(JsonValueKind.Null, results[0].GetProperty("result").ValueKind);
        Assert.Contains("500", results[0].Field("error"), StringComparison.Ordinal);
        Assert.Contains("gpt-x", results[2].Field("error"), StringComparison.Ordinal);
        Assert.Equal(2, Number(body.GetProperty("stats"), "failed"));
    }

    [Fact]
    public async Task Where_the_model_fails_each_says_so_with_the_id_that_the_log_has()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        server.Http.DefaultRequestHeaders.Add("x-request-id", "mine-2");
        var answer = server.PostAsync(Path, new { prompts = new[] { "a", "b" }, do_sample = false, max_length = 8192 });
        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load.Running == 2));

        await server.Host().Current!.Engine.DisposeAsync();

        var (status, body) = await answer;
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.All(body.GetProperty("results").EnumerateArray(), item => Assert.Contains("mine-2", item.Field("error"), StringComparison.Ordinal));
        Assert.Contains("Text 1 of the batch of request mine-2 broke off", server.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task They_run_beside_each_other()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:MaxSequences=10");

        using var leaving = new CancellationTokenSource();
        using var content = JsonContent.Create(new { prompts = Enumerable.Repeat("p", 10), max_length = 6000, do_sample = false });
        var call = server.Http.PostAsync(Path, content, leaving.Token);

        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load.Running == 10));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task Where_the_queue_is_full_the_rest_waits_its_turn()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:MaxSequences=1", "--Serving:MaxQueued=1");

        var (_, body) = await server.PostAsync(Path, new { prompts = Enumerable.Repeat("p", 10), max_length = 20, do_sample = false });

        Assert.Equal(10, Number(body.GetProperty("stats"), "succeeded"));
    }

    [Fact]
    public async Task Without_a_place_for_the_first_all_are_asked_to_come_again()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:MaxSequences=1", "--Serving:MaxQueued=0");
        using var stream = await server.OpenStreamAsync(new { message = "m", temperature = 0 });

        var (status, _) = await server.PostAsync(Path, new { prompts = new[] { "a", "b" } });

        Assert.Equal(HttpStatusCode.TooManyRequests, status);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(1)]
    public async Task Who_leaves_ends_them_all(int places)
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, $"--Serving:MaxSequences={places}", "--Serving:MaxQueued=0");
        using var leaving = new CancellationTokenSource();
        using var content = JsonContent.Create(new { prompts = Enumerable.Repeat("p", 10), do_sample = false, max_length = 8192 });
        var call = server.Http.PostAsync(Path, content, leaving.Token);
        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load.Running == places));

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load is { Running: 0, Waiting: 0 }));
    }

    [Fact]
    public async Task Without_a_model_the_service_is_not_ready()
    {
        await using var server = await ChatCalls.ServeAsync(null);

        var (status, _) = await server.PostAsync(Path, new { prompts = new[] { "p" } });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
    }

    private static int Number(JsonElement body, string name) => body.GetProperty(name).GetInt32();
}
