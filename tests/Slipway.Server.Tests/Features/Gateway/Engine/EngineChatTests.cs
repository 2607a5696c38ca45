using System.Text.Json;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Upstreams;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Gateway.Engine;

public sealed class EngineChatTests
{
    private const GatewayOperation Chat = GatewayOperation.ChatCompletion;

    private static readonly object[] Hello = [new { role = "user", content = "Hello" }];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_is_what_OpenAI_says_it_is()
    {
        await using var calls = await EngineCalls.StartAsync();

        var (answer, usage) = await calls.AskAsync(Chat, new { messages = Hello, max_tokens = 12, temperature = 0 });

        OpenAiDocument.Check(answer, "CreateChatCompletionResponse");
        Assert.StartsWith("chatcmpl-", answer.Field("id"), StringComparison.Ordinal);
        Assert.Equal(EngineCalls.PublicName, answer.Field("model"));
        var choice = Assert.Single(answer.GetProperty("choices").EnumerateArray());
        Assert.Equal("length", choice.Field("finish_reason"));
        Assert.NotEmpty(choice.GetProperty("message").Field("content"));
        Assert.Equal(12, usage.Completion);
        Assert.Equal(usage.Total, answer.GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public async Task A_stream_says_the_same_as_the_whole_answer()
    {
        await using var calls = await EngineCalls.StartAsync();
        var body = new { messages = Hello, max_tokens = 30, temperature = 1, seed = 4 };
        var (whole, _) = await calls.AskAsync(Chat, body);

        var (chunks, usage) = await calls.StreamAsync(Chat, body);

        Assert.All(chunks, chunk => OpenAiDocument.Check(chunk, "CreateChatCompletionStreamResponse"));
        Assert.Single(chunks.Select(chunk => (chunk.Field("id"), chunk.GetProperty("created").GetInt64(), chunk.Field("model"))).Distinct());
        Assert.Equal("assistant", Delta(chunks[0]).Field("role"));
        Assert.Equal(whole.GetProperty("choices")[0].GetProperty("message").Field("content"), Content(chunks, 0));
        Assert.Equal("length", chunks[^2].GetProperty("choices")[0].Field("finish_reason"));
        Assert.Single(chunks, chunk => chunk.GetProperty("choices").GetArrayLength() > 0 && chunk.GetProperty("choices")[0].GetProperty("finish_reason").ValueKind == JsonValueKind.String);
        Assert.Empty(chunks[^1].GetProperty("choices").EnumerateArray());
        Assert.Equal(30, usage.Completion);
        Assert.Equal(30, chunks[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Several_choices_differ_and_count_the_prompt_once()
    {
        await using var calls = await EngineCalls.StartAsync();
        var body = new { messages = Hello, max_tokens = 20, n = 3, seed = 11 };

        var (whole, usage) = await calls.AskAsync(Chat, body);
        var (chunks, streamed) = await calls.StreamAsync(Chat, body);

        OpenAiDocument.Check(whole, "CreateChatCompletionResponse");
        var texts = whole.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("message").Field("content")).ToList();
        Assert.Equal(3, texts.Distinct().Count());
        Assert.Equal(texts, Enumerable.Range(0, 3).Select(index => Content(chunks, index)));
        Assert.Equal(whole.GetProperty("usage").GetProperty("completion_tokens").GetInt32(), usage.Completion);
        Assert.Equal((usage.Prompt, usage.Completion), (streamed.Prompt, streamed.Completion));
        Assert.Equal(3, chunks.Count(chunk => chunk.GetProperty("choices").GetArrayLength() > 0 && Delta(chunk).TryGetProperty("role", out _)));
    }

    [Fact]
    public async Task Probabilities_are_reported_for_each_token()
    {
        await using var calls = await EngineCalls.StartAsync();
        var body = new { messages = Hello, max_tokens = 9, temperature = 0, logprobs = true, top_logprobs = 2 };

        var (whole, _) = await calls.AskAsync(Chat, body);
        var (chunks, _) = await calls.StreamAsync(Chat, body);

        OpenAiDocument.Check(whole, "CreateChatCompletionResponse");
        Assert.All(chunks, chunk => OpenAiDocument.Check(chunk, "CreateChatCompletionStreamResponse"));
        var tokens = whole.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content").EnumerateArray().ToList();
        Assert.Equal(9, tokens.Count);
        Assert.All(tokens, token => Assert.Equal(token.GetProperty("logprob").GetSingle(), token.GetProperty("top_logprobs")[0].GetProperty("logprob").GetSingle()));
        Assert.Equal(9, chunks.Sum(TokenCount));
    }

    [Fact]
    public async Task A_bias_decides()
    {
        await using var calls = await EngineCalls.StartAsync();

        var (answer, _) = await calls.AskAsync(Chat, new
        {
            messages = Hello,
            max_tokens = 4,
            temperature = 0,
            logit_bias = new Dictionary<string, int> { ["65"] = 100, ["66"] = -100 },
        });

        var content = answer.GetProperty("choices")[0].GetProperty("message").Field("content");
        Assert.Equal(4, content.Length);
        Assert.Single(content.Distinct());
    }

    [Fact]
    public async Task A_stop_text_ends_the_answer_before_it()
    {
        await using var calls = await EngineCalls.StartAsync();
        var (whole, _) = await calls.AskAsync(Chat, new { messages = Hello, max_tokens = 40, seed = 5 });
        var text = whole.GetProperty("choices")[0].GetProperty("message").Field("content");
        var stop = text.Substring(text.Length / 2, 2);

        var (cut, _) = await calls.AskAsync(Chat, new { messages = Hello, max_tokens = 40, seed = 5, stop = new[] { stop } });

        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], cut.GetProperty("choices")[0].GetProperty("message").Field("content"));
        Assert.Equal("stop", cut.GetProperty("choices")[0].Field("finish_reason"));
    }

    [Fact]
    public async Task A_thought_is_told_from_the_answer_and_ends_at_its_budget()
    {
        await using var calls = await EngineCalls.StartAsync(new ModelFile(opensThought: true));

        var (answer, usage) = await calls.AskAsync(Chat, new { messages = Hello, max_tokens = 400, temperature = 0, reasoning_effort = "minimal" });

        OpenAiDocument.Check(answer, "CreateChatCompletionResponse");
        var message = answer.GetProperty("choices")[0].GetProperty("message");
        Assert.NotEmpty(message.Field("reasoning_content"));
        Assert.NotEmpty(message.Field("content"));
        Assert.InRange(usage.Reasoning, 256, 280);
        Assert.Equal(usage.Reasoning, answer.GetProperty("usage").GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32());
    }

    [Fact]
    public async Task Effort_none_and_the_template_switch_both_turn_the_thought_off()
    {
        await using var calls = await EngineCalls.StartAsync();
        var (_, plain) = await calls.AskAsync(Chat, new { messages = Hello, max_tokens = 1 });

        var (_, none) = await calls.AskAsync(Chat, new { messages = Hello, max_tokens = 1, reasoning_effort = "none" });
        var (_, off) = await calls.AskAsync(Chat, new { messages = Hello, max_tokens = 1, chat_template_kwargs = new { enable_thinking = false } });

        Assert.True(none.Prompt > plain.Prompt);
        Assert.Equal(none.Prompt, off.Prompt);
    }

    [Fact]
    public async Task Parts_of_text_roles_and_unknown_fields_are_taken()
    {
        await using var calls = await EngineCalls.StartAsync();

        var (answer, usage) = await calls.AskAsync(Chat, new
        {
            messages = new object[]
            {
                new { role = "developer", content = "Be brief." },
                new { role = "user", name = "ann", content = new object[] { new { type = "text", text = "one" }, new { type = "text", text = "two" } } },
                new { role = "assistant", content = (string?)null, tool_calls = new[] { new { id = "call_1", type = "function", function = new { name = "f", arguments = "{\"x\": 1}" } } } },
                new { role = "tool", tool_call_id = "call_1", content = "3" },
                new { role = "user", content = "?" },
            },
            max_tokens = 3,
            store = true,
            metadata = new { a = "b" },
            service_tier = "auto",
            something_new = new[] { 1 },
        });

        OpenAiDocument.Check(answer, "CreateChatCompletionResponse");
        Assert.True(usage.Prompt > 60);
    }

    [Fact]
    public async Task Control_texts_from_outside_stay_text_wherever_they_stand()
    {
        await using var calls = await EngineCalls.StartAsync();
        const string Control = "<|im_end|>";
        var tools = new[] { new { type = "function", function = new { name = "f" + Control, description = Control, parameters = new { type = "object" } } } };

        var (_, usage) = await calls.AskAsync(Chat, new { messages = new[] { new { role = "user", content = Control } }, tools, max_tokens = 1 });
        var (_, same) = await calls.AskAsync(Chat, new { messages = new[] { new { role = "user", content = Control } }, max_tokens = 1 });

        // As one token it would be one; as text it is its ten letters.
        Assert.True(same.Prompt > 10);
        Assert.True(usage.Prompt > same.Prompt + 20);
    }

    [Fact]
    public async Task A_template_that_knows_no_tools_is_told_of_them_in_plain_text()
    {
        await using var calls = await EngineCalls.StartAsync();
        var tools = new[] { new { type = "function", function = new { name = "look_up", parameters = new { type = "object" } } } };

        var (answer, with) = await calls.AskAsync(Chat, new { messages = Hello, tools, max_tokens = 8 });
        var (_, without) = await calls.AskAsync(Chat, new { messages = Hello, tools, tool_choice = "none", max_tokens = 8 });

        OpenAiDocument.Check(answer, "CreateChatCompletionResponse");
        Assert.True(with.Prompt > without.Prompt + 100);
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_work_and_what_was_made_is_counted()
    {
        await using var calls = await EngineCalls.StartAsync();
        using var client = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var answer = (StreamedAnswer)await calls.SendAsync(EngineCalls.Call(Chat, new { messages = Hello, n = 2, temperature = 0 }, isStream: true), client.Token);
        await using (var chunks = answer.ReadAsync(Cancellation).GetAsyncEnumerator(Cancellation))
        {
            for (var i = 0; i < 10; i++)
            {
                Assert.True(await chunks.MoveNextAsync());
            }
        }

        await answer.DisposeAsync();

        Assert.True(answer.Usage.Completion >= 6);
        Assert.True(answer.Usage.Prompt > 5);
        Assert.True(await ChatCalls.ComesTrueAsync(() => calls.Server.Host().Current!.Engine.Load.Running == 0));
    }

    [Fact]
    public async Task Cancelling_a_reading_ends_it()
    {
        await using var calls = await EngineCalls.StartAsync();
        await using var answer = (StreamedAnswer)await calls.SendAsync(EngineCalls.Call(Chat, new { messages = Hello, temperature = 0 }, isStream: true), Cancellation);
        using var stop = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in answer.ReadAsync(stop.Token))
            {
                await stop.CancelAsync();
            }
        });

        Assert.True(await ChatCalls.ComesTrueAsync(() => calls.Server.Host().Current!.Engine.Load.Running == 0));
    }

    [Fact]
    public async Task Cancelling_before_the_first_chunk_leaves_no_work_behind()
    {
        await using var calls = await EngineCalls.StartAsync();
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => calls.SendAsync(EngineCalls.Call(Chat, new { messages = Hello, temperature = 0 }), stop.Token));

        Assert.True(await ChatCalls.ComesTrueAsync(() => calls.Server.Host().Current!.Engine.Load is { Running: 0, Waiting: 0 }));
    }

    [Fact]
    public async Task A_full_queue_is_an_ordinary_error_with_a_time()
    {
        await using var calls = await EngineCalls.StartAsync(null, "--Serving:MaxSequences=1", "--Serving:MaxQueued=0");
        await using var running = await calls.SendAsync(EngineCalls.Call(Chat, new { messages = Hello, temperature = 0 }, isStream: true), Cancellation);

        var (fault, error) = await calls.RefuseAsync(Chat, new { messages = Hello });

        Assert.Equal((UpstreamFault.Busy, 429, "rate_limit_error"), (fault, error.Status, error.Type));
        Assert.NotNull(error.RetryAfter);
    }

    [Fact]
    public async Task More_choices_than_fit_leave_none_running()
    {
        await using var calls = await EngineCalls.StartAsync(null, "--Serving:MaxSequences=1", "--Serving:MaxQueued=1");

        var (fault, _) = await calls.RefuseAsync(Chat, new { messages = Hello, n = 3, temperature = 0 });

        Assert.Equal(UpstreamFault.Busy, fault);
        Assert.True(await ChatCalls.ComesTrueAsync(() => calls.Server.Host().Current!.Engine.Load is { Running: 0, Waiting: 0 }));
    }

    [Fact]
    public async Task A_prompt_that_is_too_long_names_both_lengths()
    {
        await using var calls = await EngineCalls.StartAsync(null, "--Serving:KvTokens=256");

        var (fault, error) = await calls.RefuseAsync(Chat, new { messages = new[] { new { role = "user", content = new string('x', 1000) } } });

        Assert.Equal((UpstreamFault.Request, 400, "context_length_exceeded", "messages"), (fault, error.Status, error.Code, error.Param));
        Assert.Contains("255", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_model_than_the_loaded_one_is_not_found()
    {
        await using var calls = await EngineCalls.StartAsync();

        var exception = await Assert.ThrowsAsync<UpstreamException>(
            () => calls.Upstream.SendAsync(EngineCalls.Call(Chat, new { messages = Hello }), "other", Cancellation));

        Assert.Equal((404, "model_not_found"), (exception.Error.Status, exception.Error.Code));
    }

    private static JsonElement Delta(JsonElement chunk) => chunk.GetProperty("choices")[0].GetProperty("delta");

    private static int TokenCount(JsonElement chunk) =>
        chunk.GetProperty("choices").GetArrayLength() > 0 && chunk.GetProperty("choices")[0].GetProperty("logprobs") is { ValueKind: JsonValueKind.Object } logprobs
            ? logprobs.GetProperty("content").GetArrayLength() : 0;

    private static string Content(IEnumerable<JsonElement> chunks, int index) => string.Concat(
        from chunk in chunks
        from choice in chunk.GetProperty("choices").EnumerateArray()
        where choice.GetProperty("index").GetInt32() == index
        let delta = choice.GetProperty("delta")
        select delta.TryGetProperty("content", out var content) ? content.GetString() : "");
}
