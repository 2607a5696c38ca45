using Slipway.Server.Features.Gateway;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Gateway.Engine;

public sealed class EngineTextTests
{
    private const GatewayOperation Text = GatewayOperation.Completion;

    [Fact]
    public async Task An_answer_is_what_OpenAI_says_it_is()
    {
        await using var calls = await EngineCalls.StartAsync();

        var (answer, usage) = await calls.AskAsync(Text, new { prompt = "Once", temperature = 0, logprobs = 2 });

        OpenAiDocument.Check(answer, "CreateCompletionResponse");
        Assert.Equal(16, usage.Completion);
        var logprobs = answer.GetProperty("choices")[0].GetProperty("logprobs");
        Assert.All((string[])["tokens", "token_logprobs", "top_logprobs", "text_offset"], name => Assert.Equal(16, logprobs.GetProperty(name).GetArrayLength()));
    }

    [Fact]
    public async Task A_stream_says_the_same_as_the_whole_answer()
    {
        await using var calls = await EngineCalls.StartAsync();
        var body = new { prompt = "Once", seed = 3, max_tokens = 20, echo = true };
        var (whole, _) = await calls.AskAsync(Text, body);

        var (chunks, _) = await calls.StreamAsync(Text, body);

        // OpenAI's own chunks hold null until the end; its document has no schema for them.
        Assert.All(chunks, chunk => OpenAiDocument.Check(chunk, "CreateCompletionResponse", "$.choices[0].finish_reason: Null"));
        var text = string.Concat(chunks.SkipLast(1).Select(chunk => chunk.GetProperty("choices")[0].Field("text")));
        Assert.Equal(whole.GetProperty("choices")[0].Field("text"), text);
        Assert.StartsWith("Once", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompts_come_as_texts_and_as_tokens()
    {
        await using var calls = await EngineCalls.StartAsync();
        var (one, _) = await calls.AskAsync(Text, new { prompt = "AB", temperature = 0 });

        // The small vocabulary counts the printable bytes first: A is 32.
        var (many, usage) = await calls.AskAsync(Text, new { prompt = new[] { "AB", "AB" }, temperature = 0, n = 2 });
        var (tokens, _) = await calls.AskAsync(Text, new { prompt = new[] { 1, 2, 3 }, temperature = 0, echo = true });
        var (lists, _) = await calls.AskAsync(Text, new { prompt = new[] { new[] { 1, 2, 3 }, new[] { 4 } }, temperature = 0 });

        Assert.Equal(4, many.GetProperty("choices").GetArrayLength());
        Assert.All(many.GetProperty("choices").EnumerateArray(), choice => Assert.Equal(one.GetProperty("choices")[0].Field("text"), choice.Field("text")));
        Assert.Equal((4, 64), (usage.Prompt, usage.Completion));
        Assert.EndsWith(lists.GetProperty("choices")[0].Field("text"), tokens.GetProperty("choices")[0].Field("text"), StringComparison.Ordinal);
        Assert.Equal(2, lists.GetProperty("choices").GetArrayLength());
    }

    [Theory]
    [InlineData("""{}""", "prompt", "missing")]
    [InlineData("""{"prompt": ""}""", "prompt", "none of them empty")]
    [InlineData("""{"prompt": [[1, -1]]}""", "prompt[0][1]", "from 0")]
    [InlineData("""{"prompt": ["a", 1]}""", "prompt[1]", "is 1")]
    [InlineData("""{"prompt": [99999]}""", null, "99999 is not in the vocabulary")]
    [InlineData("""{"prompt": "a", "suffix": "b"}""", "suffix", "does not fill gaps")]
    [InlineData("""{"prompt": "a", "best_of": 3}""", "best_of", "which is 1")]
    [InlineData("""{"prompt": "a", "logprobs": 6}""", "logprobs", "0 to 5")]
    [InlineData("""{"prompt": "a", "echo": true, "logprobs": 0}""", "echo", "probabilities")]
    [InlineData("""{"prompt": "a", "max_tokens": 0}""", "max_tokens", "from 1")]
    public async Task A_wrong_value_is_named_with_what_would_be_right(string body, string? param, string message)
    {
        await using var calls = await EngineCalls.StartAsync();

        var (_, error) = await calls.RefuseAsync(Text, body);

        Assert.Equal((400, "invalid_request_error", param), (error.Status, error.Type, error.Param));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
