using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Generation;

public sealed class PostGenerateTests
{
    private const string Path = "/generate";

    [Fact]
    public async Task An_answer_has_the_fields_of_the_contract()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        var before = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());

        var (status, body) = await server.PostAsync(Path, new { prompt = "从前", max_length = 12, do_sample = false });

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.NotEmpty(body.Field("generated_text"));
        Assert.True(Number(body, "prompt_tokens") > 0);
        Assert.Equal(12, Number(body, "completion_tokens"));
        Assert.Equal(Number(body, "prompt_tokens") + 12, Number(body, "total_tokens"));
        Assert.True(body.GetProperty("generation_time").GetDouble() > 0);
        Assert.Equal(12 / body.GetProperty("generation_time").GetDouble(), body.GetProperty("tokens_per_second").GetDouble(), 1e-6);
        Assert.Equal("length", body.Field("finish_reason"));
        Assert.Equal("test-qwen3", body.Field("model"));
        Assert.NotEmpty(body.Field("request_id"));
        Assert.True(body.GetProperty("created_at").GetDateTimeOffset() >= before);
        Assert.EndsWith("Z", body.Field("created_at"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_answer_carries_the_id_that_the_client_sent()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        server.Http.DefaultRequestHeaders.Add("x-request-id", "mine-1");

        var (_, body) = await server.PostAsync(Path, new { prompt = "p", max_length = 1 });

        Assert.Equal("mine-1", body.Field("request_id"));
    }

    [Fact]
    public async Task The_prompt_is_continued_as_it_is()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Gateway:Routes:tiny:Upstreams:0:Kind=engine");

        var (_, ours) = await server.PostAsync(Path, new { prompt = "Once upon", max_length = 24, do_sample = false });
        var (_, theirs) = await server.PostAsync("/v1/completions", new { model = "tiny", prompt = "Once upon", max_tokens = 24, temperature = 0 });

        Assert.Equal(theirs.GetProperty("choices")[0].Field("text"), ours.Field("generated_text"));
        Assert.Equal(Number(theirs.GetProperty("usage"), "prompt_tokens"), Number(ours, "prompt_tokens"));
    }

    [Fact]
    public async Task As_a_message_it_is_answered_like_one()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, ours) = await server.PostAsync(Path, new { prompt = "Once upon", max_length = 24, temperature = 0, chat = true });
        var (_, theirs) = await server.PostAsync("/api/v1/chat", new { message = "Once upon", max_tokens = 24, temperature = 0 });

        Assert.Equal(theirs.Field("response"), ours.Field("generated_text"));
        Assert.Equal(Number(theirs.GetProperty("usage"), "prompt_tokens"), Number(ours, "prompt_tokens"));
    }

    [Fact]
    public async Task As_a_message_the_thought_stands_apart()
    {
        using var model = new ModelFile(opensThought: true);
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, body) = await server.PostAsync(Path, new { prompt = "m", max_length = 8, temperature = 0, chat = true });

        Assert.NotEmpty(body.Field("reasoning"));
        Assert.Equal("", body.Field("generated_text"));
        Assert.Equal(8, Number(body, "completion_tokens"));
    }

    [Fact]
    public async Task Without_sampling_the_other_settings_mean_nothing()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, greedy) = await server.PostAsync(Path, new { prompt = "p", max_length = 24, do_sample = false, temperature = 2, top_k = 1000, seed = 5 });
        var (_, coldest) = await server.PostAsync(Path, new { prompt = "p", max_length = 24, temperature = 0 });

        Assert.Equal(coldest.Field("generated_text"), greedy.Field("generated_text"));
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_text_and_another_seed_another()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, first) = await server.PostAsync(Path, new { prompt = "p", max_length = 24, seed = 7 });
        var (_, again) = await server.PostAsync(Path, new { prompt = "p", max_length = 24, seed = 7 });
        var (_, other) = await server.PostAsync(Path, new { prompt = "p", max_length = 24, seed = 8 });

        Assert.Equal(first.Field("generated_text"), again.Field("generated_text"));
        Assert.NotEqual(first.Field("generated_text"), other.Field("generated_text"));
    }

    [Theory]
    [InlineData("top_k", 1)]
    [InlineData("top_p", 1e-9)]
    [InlineData("top_p", 1e-50)]
    [InlineData("temperature", 1e-40)]
    [InlineData("temperature", 1e-50)]
    public async Task Narrowed_to_one_token_every_seed_gives_the_greedy_text(string setting, double value)
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, narrow) = await server.PostAsync(Path, new Dictionary<string, object>
        {
            ["prompt"] = "p",
            ["max_length"] = 16,
            ["temperature"] = 2,
            ["seed"] = 3,
            [setting] = value,
        });
        var (_, greedy) = await server.PostAsync(Path, new { prompt = "p", max_length = 16, do_sample = false });

        Assert.Equal(greedy.Field("generated_text"), narrow.Field("generated_text"));
    }

    [Fact]
    public async Task A_penalty_changes_what_is_repeated()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, free) = await server.PostAsync(Path, new { prompt = "p", max_length = 64, do_sample = false });
        var (_, one) = await server.PostAsync(Path, new { prompt = "p", max_length = 64, do_sample = false, repetition_penalty = 1 });
        var (_, held) = await server.PostAsync(Path, new { prompt = "p", max_length = 64, do_sample = false, repetition_penalty = 2 });

        Assert.Equal(free.Field("generated_text"), one.Field("generated_text"));
        Assert.NotEqual(free.Field("generated_text"), held.Field("generated_text"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stop_text_ends_the_text_before_itself(bool asList)
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        var (_, whole) = await server.PostAsync(Path, new { prompt = "p", max_length = 24, temperature = 0 });
        var text = whole.Field("generated_text");
        var stop = text[6..9];

        var (_, cut) = await server.PostAsync(
            Path, new { prompt = "p", max_length = 24, temperature = 0, stop = asList ? (object)new[] { "no such text", stop } : stop });

        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], cut.Field("generated_text"));
        Assert.Equal("stop", cut.Field("finish_reason"));
    }

    [Fact]
    public async Task Unless_told_otherwise_it_ends_after_512_tokens()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, body) = await server.PostAsync(Path, new { prompt = "p", do_sample = false });

        Assert.Equal(512, Number(body, "completion_tokens"));
    }

    [Theory]
    [InlineData("max_length", "1")]
    [InlineData("max_length", "8192")]
    [InlineData("temperature", "0")]
    [InlineData("temperature", "2")]
    [InlineData("top_p", "0.0001")]
    [InlineData("top_p", "1")]
    [InlineData("top_k", "0")]
    [InlineData("top_k", "1000")]
    [InlineData("repetition_penalty", "0.5")]
    [InlineData("repetition_penalty", "2")]
    [InlineData("seed", "0")]
    [InlineData("seed", "9223372036854775807")]
    [InlineData("stop", "\"x\"")]
    [InlineData("stop", "[]")]
    [InlineData("stop", "[\"a1\",\"b1\",\"c1\",\"d1\"]")]
    [InlineData("do_sample", "null")]
    [InlineData("model", "\"test-qwen3\"")]
    [InlineData("chat", "true")]
    public async Task A_value_at_its_edge_is_accepted(string field, string value)
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:KvTokens=128");

        var (status, _) = await server.PostAsync(Path, JsonSerializer.Deserialize<JsonElement>($$"""{"prompt": "p", "{{field}}": {{value}}}"""));

        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Fact]
    public async Task A_prompt_of_more_tokens_than_fit_is_refused_with_both_counts()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:KvTokens=128");

        var (status, body) = await server.PostAsync(Path, new { prompt = new string('x', 200) });

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("200", body.Field("detail"), StringComparison.Ordinal);
        Assert.Contains("127", body.Field("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_model_than_the_loaded_one_is_refused()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (status, body) = await server.PostAsync(Path, new { prompt = "p", model = "gpt-x" });

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("gpt-x", body.Field("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_model_the_service_is_not_ready()
    {
        await using var server = await ChatCalls.ServeAsync(null);

        var (status, body) = await server.PostAsync(Path, new { prompt = "p" });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("/api/v1/model/load", body.Field("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_queue_asks_to_come_again()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:MaxSequences=1", "--Serving:MaxQueued=0");
        using var stream = await server.OpenStreamAsync(new { message = "m", temperature = 0 });
        using var content = JsonContent.Create(new { prompt = "p" });

        using var response = await server.Http.PostAsync(Path, content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    [Fact]
    public async Task Who_leaves_ends_the_generation()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        using var leaving = new CancellationTokenSource();
        using var content = JsonContent.Create(new { prompt = "p", do_sample = false, max_length = 8192 });
        var call = server.Http.PostAsync(Path, content, leaving.Token);
        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load.Running == 1));

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load.Running == 0));
    }

    [Fact]
    public async Task A_failure_in_the_model_is_500_with_the_id_that_the_log_has()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        var answer = server.PostAsync(Path, new { prompt = "p", do_sample = false, max_length = 8192 });
        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load.Running == 1));

        await server.Host().Current!.Engine.DisposeAsync();

        var (status, body) = await answer;
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Contains(body.Field("detail").Split(' ')[^1].TrimEnd('.'), server.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_stops_says_so()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:ShutdownGrace=00:00:00");
        var answer = server.PostAsync(Path, new { prompt = "p", do_sample = false, max_length = 8192 });
        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load.Running == 1));

        await server.StopAsync();

        var (status, body) = await answer;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.NotEmpty(body.Field("detail"));
    }

    private static int Number(JsonElement body, string name) => body.GetProperty(name).GetInt32();
}
