using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Chat;

public sealed class PostChatTests
{
    [Fact]
    public async Task An_answer_has_the_fields_of_the_contract()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (status, body) = await server.PostAsync("/api/v1/chat", new
        {
            message = "你好",
            history = new[] { new { role = "user", content = "a" }, new { role = "assistant", content = "b" } },
            temperature = 0,
            max_tokens = 12,
        });

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.NotEmpty(body.Field("response"));
        Assert.True(body.GetProperty("success").GetBoolean());
        Assert.Equal(JsonValueKind.Null, body.GetProperty("error").ValueKind);
        Assert.Equal(JsonValueKind.Null, body.GetProperty("thinking").ValueKind);
        Assert.Equal(12, body.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal("length", body.Field("finish_reason"));
        Assert.Equal("test-qwen3", body.Field("model"));
    }

    [Fact]
    public async Task History_is_part_of_the_prompt()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, alone) = await server.PostAsync("/api/v1/chat", new { message = "m", max_tokens = 1 });
        var (_, after) = await server.PostAsync(
            "/api/v1/chat", new { message = "m", max_tokens = 1, history = new[] { new { role = "system", content = "twelve chars" } } });

        // <|im_start|> s y s t e m \n, twelve characters with the merge of "er" at most, <|im_end|> \n
        var added = PromptTokens(after) - PromptTokens(alone);
        Assert.InRange(added, 19, 22);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_answer_and_another_seed_another()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, first) = await server.PostAsync("/api/v1/chat", new { message = "m", max_tokens = 24, seed = 7 });
        var (_, again) = await server.PostAsync("/api/v1/chat", new { message = "m", max_tokens = 24, seed = 7 });
        var (_, other) = await server.PostAsync("/api/v1/chat", new { message = "m", max_tokens = 24, seed = 8 });

        Assert.Equal(first.Field("response"), again.Field("response"));
        Assert.NotEqual(first.Field("response"), other.Field("response"));
    }

    [Fact]
    public async Task A_stop_text_ends_the_answer_before_itself()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        var (_, whole) = await server.PostAsync("/api/v1/chat", new { message = "m", max_tokens = 24, temperature = 0 });
        var text = whole.Field("response");
        var stop = text[6..9];

        var (_, cut) = await server.PostAsync("/api/v1/chat", new { message = "m", max_tokens = 24, temperature = 0, stop });

        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], cut.Field("response"));
        Assert.Equal("stop", cut.Field("finish_reason"));
    }

    [Theory]
    [InlineData("""{}""", "body.message value_error.missing")]
    [InlineData("""{"message":"  "}""", "body.message value_error.any_str.min_length")]
    [InlineData("""{"message":"m","history":[{"role":"tool","content":"c"}]}""", "body.history.0.role value_error.const")]
    [InlineData("""{"message":"m","history":[{"role":"user"}]}""", "body.history.0.content value_error.missing")]
    [InlineData("""{"message":"m","temperature":2.1}""", "body.temperature value_error.number.not_le")]
    [InlineData("""{"message":"m","top_p":0}""", "body.top_p value_error.number.not_ge")]
    [InlineData("""{"message":"m","max_tokens":0}""", "body.max_tokens value_error.number.not_ge")]
    [InlineData("""{"message":"m","seed":-1}""", "body.seed value_error.number.not_ge")]
    [InlineData("""{"message":"m","stop":["a","b","c","d","e"]}""", "body.stop value_error.list.max_items")]
    [InlineData("""{"message":"m","stop":[""]}""", "body.stop.0 value_error.any_str.min_length")]
    [InlineData("""{"message":"m","stop":5}""", "body.stop type_error.string")]
    [InlineData("""{"message":"m","enable_thinking":"no"}""", "body.enable_thinking type_error.bool")]
    public async Task A_bad_body_is_refused_by_field(string json, string expected)
    {
        await using var server = await ChatCalls.ServeAsync(null);

        var (status, body) = await server.PostAsync("/api/v1/chat", JsonSerializer.Deserialize<JsonElement>(json));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        var fault = Assert.Single(body.GetProperty("detail").EnumerateArray());
        Assert.Equal(expected, $"{string.Join('.', fault.GetProperty("loc").EnumerateArray())} {fault.Field("type")}");
    }

    [Theory]
    [InlineData(null, "模型未加载")]
    [InlineData("en", "No model is loaded")]
    public async Task Without_a_model_the_answer_says_how_to_get_one(string? language, string words)
    {
        await using var server = await ChatCalls.ServeAsync(null);
        if (language is not null)
        {
            server.Http.DefaultRequestHeaders.AcceptLanguage.Add(new StringWithQualityHeaderValue(language));
        }

        var (status, body) = await server.PostAsync("/api/v1/chat", new { message = "m" });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains(words, body.Field("detail"), StringComparison.Ordinal);
        Assert.Contains("/api/v1/model/load", body.Field("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_model_than_the_loaded_one_is_refused_and_both_are_named()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (wrong, body) = await server.PostAsync("/api/v1/chat", new { message = "m", model = "gpt-x", max_tokens = 1 });
        var (right, _) = await server.PostAsync("/api/v1/chat", new { message = "m", model = "TEST-qwen3", max_tokens = 1 });

        Assert.Equal(HttpStatusCode.BadRequest, wrong);
        Assert.Contains("gpt-x", body.Field("detail"), StringComparison.Ordinal);
        Assert.Contains("test-qwen3", body.Field("detail"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, right);
    }

    [Fact]
    public async Task A_conversation_that_does_not_fit_is_refused_with_both_counts()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:KvTokens=128");

        var (status, body) = await server.PostAsync("/api/v1/chat", new { message = new string('x', 300) });

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Matches("3[0-9]{2}", body.Field("detail"));
        Assert.Contains("127", body.Field("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_queue_answers_when_to_come_back()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:MaxSequences=1", "--Serving:MaxQueued=0");
        using var occupant = await server.OpenStreamAsync(new { message = "m", temperature = 0 });
        using var content = new StringContent("""{"message":"m"}""", new MediaTypeHeaderValue("application/json"));

        using var response = await server.Http.PostAsync("/api/v1/chat", content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_failure_in_the_model_is_an_answer_without_success()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        var answer = server.PostAsync("/api/v1/chat", new { message = "m", temperature = 0 });
        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load.Running == 1));

        await server.Host().Current!.Engine.DisposeAsync();

        var (status, body) = await answer;
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.False(body.GetProperty("success").GetBoolean());
        Assert.Equal("", body.Field("response"));
        Assert.NotEmpty(body.Field("error"));
    }

    [Fact]
    public async Task The_log_counts_tokens_and_never_repeats_what_was_said()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, body) = await server.PostAsync("/api/v1/chat", new { message = "classified", max_tokens = 9, temperature = 0 });

        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Log.Lines.Any(line => line.EventId == 1012)));
        Assert.Contains("and 9 completion tokens", server.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("classified", server.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(body.Field("response"), server.Log.Text, StringComparison.Ordinal);
    }

    private static int PromptTokens(JsonElement body) => body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32();
}
