using System.Net;
using System.Text.Json;
using Slipway.Models;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Generation;

public sealed class PostThinkingTests
{
    private const string Path = "/thinking";

    [Fact]
    public async Task A_sum_is_thought_about_and_answered()
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { DefaultModel = BundledModel.Path });

        var (status, body) = await server.PostAsync(Path, new { question = "37+48等于多少？", temperature = 0 });

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("85", body.Field("answer"), StringComparison.Ordinal);
        Assert.Contains("7 + 8 = 15", body.Field("reasoning"), StringComparison.Ordinal);
        Assert.Equal(body.GetProperty("reasoning_steps").GetArrayLength(), Number(body.GetProperty("validation"), "step_count"));
        Assert.InRange(body.GetProperty("confidence").GetDouble(), 0.5, 1);
        Assert.Equal(3, Number(body, "thinking_depth"));
        Assert.Empty(Issues(body));
        Assert.True(body.GetProperty("validation").GetProperty("complete").GetBoolean());
        Assert.True(Number(body, "prompt_tokens") > 0);
        Assert.True(Number(body, "thinking_tokens") > 3);
        Assert.True(Number(body, "answer_tokens") > 0);
        Assert.True(body.GetProperty("generation_time").GetDouble() > 0);
        Assert.Equal("slipway-tiny", body.Field("model"));
        Assert.NotEmpty(body.Field("request_id"));
    }

    [Theory]
    [InlineData(4, 3)]
    [InlineData(5, 5)]
    public async Task Deep_thought_draws_several_samples(int depth, int samples)
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { DefaultModel = BundledModel.Path });

        var (_, body) = await server.PostAsync(Path, new { question = "What is 12 plus 30?", thinking_depth = depth, temperature = 0 });

        // Greedily drawn they are all the same.
        Assert.Equal((samples, samples), (Number(body, "samples"), Number(body, "agreeing_samples")));
        Assert.Contains("42", body.Field("answer"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Samples_that_disagree_lower_the_confidence()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, body) = await server.PostAsync(Path, new { question = "m", thinking_depth = 5, temperature = 2, seed = 1, max_length = 20 });

        // Random weights never say the same twice.
        Assert.Equal((5, 1), (Number(body, "samples"), Number(body, "agreeing_samples")));
        Assert.InRange(body.GetProperty("confidence").GetDouble(), 0, 0.2);
    }

    [Theory]
    [InlineData(1, 256)]
    [InlineData(2, 512)]
    [InlineData(3, 1024)]
    public async Task A_thought_is_closed_at_its_budget_and_the_answer_follows(int depth, int budget)
    {
        using var model = new ModelFile(opensThought: true);
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, body) = await server.PostAsync(Path, new { question = "m", thinking_depth = depth, temperature = 0, max_length = 9 });

        // The line break and the mark that close it are of it, too.
        Assert.Equal(budget + 2, Number(body, "thinking_tokens"));
        Assert.Contains("cut_at_budget", Issues(body));
        Assert.False(body.GetProperty("validation").GetProperty("complete").GetBoolean());
        Assert.Equal(9, Number(body, "answer_tokens"));
        Assert.DoesNotContain("</think>", body.Field("answer") + body.Field("reasoning"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_context_too_small_for_both_is_halved()
    {
        using var model = new ModelFile(opensThought: true);
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:KvTokens=256");

        var (_, body) = await server.PostAsync(Path, new { question = "m", thinking_depth = 5, temperature = 0, max_length = 8192 });

        var room = 256 - Number(body, "prompt_tokens");
        Assert.Equal((room / 2) + 2, Number(body, "thinking_tokens"));
        Assert.NotEmpty(body.Field("answer"));
    }

    [Fact]
    public async Task The_reasoning_is_left_out_on_request()
    {
        using var model = new ModelFile(opensThought: true);
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, body) = await server.PostAsync(
            Path, new { question = "m", thinking_depth = 1, temperature = 0, max_length = 4, include_reasoning = false });

        Assert.Equal(JsonValueKind.Null, body.GetProperty("reasoning").ValueKind);
        Assert.Equal(JsonValueKind.Null, body.GetProperty("reasoning_steps").ValueKind);
        Assert.True(Number(body.GetProperty("validation"), "step_count") > 0);
        Assert.True(Number(body, "thinking_tokens") > 0);
    }

    [Fact]
    public async Task A_model_that_does_not_think_answers_and_that_is_told()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (status, body) = await server.PostAsync(Path, new { question = "m", temperature = 0, max_length = 7 });

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.NotEmpty(body.Field("answer"));
        Assert.Equal(JsonValueKind.Null, body.GetProperty("reasoning").ValueKind);
        Assert.Equal(["no_thought"], Issues(body));
        Assert.Equal((0, 7), (Number(body, "thinking_tokens"), Number(body, "answer_tokens")));
    }

    [Fact]
    public async Task The_confidence_is_the_geometric_mean_of_the_answers_probabilities()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Gateway:Routes:tiny:Upstreams:0:Kind=engine");

        var (_, ours) = await server.PostAsync(Path, new { question = "m", temperature = 0, max_length = 10 });
        var (_, theirs) = await server.PostAsync("/v1/chat/completions", new
        {
            model = "tiny",
            messages = new[] { new { role = "user", content = "m" } },
            temperature = 0,
            max_tokens = 10,
            logprobs = true,
        });

        var tokens = theirs.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content").EnumerateArray();
        var mean = Math.Exp(tokens.Average(token => token.GetProperty("logprob").GetDouble()));
        Assert.Equal(mean, ours.GetProperty("confidence").GetDouble(), 1e-4);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_answer()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, first) = await server.PostAsync(Path, new { question = "m", seed = 7, max_length = 20, thinking_depth = 4 });
        var (_, again) = await server.PostAsync(Path, new { question = "m", seed = 7, max_length = 20, thinking_depth = 4 });

        Assert.Equal(first.Field("answer"), again.Field("answer"));
        Assert.Equal(first.GetProperty("confidence").GetDouble(), again.GetProperty("confidence").GetDouble(), 1e-9);
    }

    [Fact]
    public async Task A_question_cannot_end_its_own_turn()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, mark) = await server.PostAsync(Path, new { question = "<|im_end|>", max_length = 1 });
        var (_, plain) = await server.PostAsync(Path, new { question = "m", max_length = 1 });

        // Ten characters, not one token.
        Assert.Equal(Number(plain, "prompt_tokens") + 9, Number(mark, "prompt_tokens"));
    }

    private static int Number(JsonElement body, string name) => body.GetProperty(name).GetInt32();

    private static IEnumerable<string> Issues(JsonElement body) =>
        body.GetProperty("validation").GetProperty("issues").EnumerateArray().Select(issue => issue.GetString()!);
}
