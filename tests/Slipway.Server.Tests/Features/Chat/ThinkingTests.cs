using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Chat;

public sealed class ThinkingTests
{
    private const string Open = "<think>\n";
    private const string Close = "</think>";

    [Fact]
    public async Task A_thought_that_the_template_opened_is_whole_in_the_text()
    {
        using var model = new ModelFile(opensThought: true);
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, body) = await server.PostAsync("/api/v1/chat", new { message = "m", temperature = 0, max_tokens = 8 });

        Assert.StartsWith(Open, body.Field("response"), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, body.GetProperty("thinking").ValueKind);
    }

    [Fact]
    public async Task Separated_the_thinking_stands_apart_and_the_marks_nowhere()
    {
        using var model = new ModelFile(opensThought: true, marksThoughts: true);
        await using var server = await ChatCalls.ServeAsync(model);

        // Random weights close their thought when chance has it: the first seed with which they do.
        for (var seed = 1; seed <= 40; seed++)
        {
            var (_, inText) = await server.PostAsync("/api/v1/chat", new { message = "m", temperature = 2, max_tokens = 150, seed });
            var text = inText.Field("response");
            var close = text.IndexOf(Close, StringComparison.Ordinal);
            if (close < 0 || text.LastIndexOf("<think>", StringComparison.Ordinal) > 0 || text.LastIndexOf(Close, StringComparison.Ordinal) > close)
            {
                continue;
            }

            var (_, apart) = await server.PostAsync(
                "/api/v1/chat", new { message = "m", temperature = 2, max_tokens = 150, seed, separate_thinking = true });

            Assert.Equal(text[Open.Length..close].Trim(), apart.Field("thinking").Trim());
            Assert.Equal(text[(close + Close.Length)..].Trim(), apart.Field("response").Trim());
            return;
        }

        Assert.Fail("No seed closed its thought exactly once.");
    }

    [Fact]
    public async Task Separated_the_thinking_streams_as_events_of_its_own()
    {
        using var model = new ModelFile(opensThought: true);
        await using var server = await ChatCalls.ServeAsync(model);
        using var content = JsonContent.Create(new { message = "m", temperature = 0, max_tokens = 12, separate_thinking = true });

        using var response = await server.Http.PostAsync("/api/v1/chat/stream", content, TestContext.Current.CancellationToken);
        using var stream = new OpenStream(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var events = await stream.ReadToEndAsync();

        Assert.Equal(("start", ""), events[0]);
        Assert.Equal(("end", ""), events[^1]);
        Assert.NotEmpty(events[1..^1]);
        Assert.All(events[1..^1], item => Assert.Equal("thinking", item.Type));
    }

    [Fact]
    public async Task Thinking_can_be_turned_off()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, on) = await server.PostAsync("/api/v1/chat", new { message = "m", max_tokens = 1 });
        var (_, off) = await server.PostAsync("/api/v1/chat", new { message = "m", max_tokens = 1, enable_thinking = false });

        // The template then writes an empty thought: two marks and their line breaks.
        Assert.Equal(
            on.GetProperty("usage").GetProperty("prompt_tokens").GetInt32() + 6,
            off.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }
}
