using System.Net;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Chat;

public sealed class StreamChatTests
{
    [Fact]
    public async Task A_stream_is_byte_for_byte_what_clients_know()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        using var response = await server.Http.GetAsync(
            "/api/v1/chat/stream?message=%E4%BD%A0", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var lines = new List<string?>();
        for (var line = 0; line < 4; line++)
        {
            lines.Add(await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("no-cache", response.Headers.CacheControl?.ToString());
        Assert.Equal("no", Assert.Single(response.Headers.GetValues("X-Accel-Buffering")));
        Assert.Equal("""data: {"type": "start", "content": ""}""", lines[0]);
        Assert.Equal("", lines[1]);
        Assert.StartsWith("""data: {"type": "chunk", "content": """ + "\"", lines[2], StringComparison.Ordinal);
        Assert.Equal("", lines[3]);
    }

    [Fact]
    public async Task The_chunks_joined_are_what_chat_answers()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        var request = new { message = "你好", max_tokens = 60, seed = 3 };
        var (_, whole) = await server.PostAsync("/api/v1/chat", request);

        using var content = System.Net.Http.Json.JsonContent.Create(request);
        using var response = await server.Http.PostAsync("/api/v1/chat/stream", content, TestContext.Current.CancellationToken);
        using var stream = new OpenStream(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var events = await stream.ReadToEndAsync();

        Assert.Equal(("start", ""), events[0]);
        Assert.Equal(("end", ""), events[^1]);
        Assert.All(events[1..^1], item => Assert.Equal("chunk", item.Type));
        Assert.True(events.Count > 10, "The answer came in too few pieces to have been streamed.");
        Assert.Equal(whole.Field("response"), string.Concat(events.Select(item => item.Content)));
    }

    [Theory]
    [InlineData("/api/v1/chat/stream", "value_error.missing")]
    [InlineData("/api/v1/chat/stream?message=", "value_error.any_str.min_length")]
    [InlineData("/api/v1/chat/stream?message=%20", "value_error.any_str.min_length")]
    public async Task A_get_without_a_message_is_refused(string path, string type)
    {
        await using var server = await ChatCalls.ServeAsync(null);

        var (status, body) = await server.GetAsync(path);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        var fault = Assert.Single(body.GetProperty("detail").EnumerateArray());
        Assert.Equal("""["query","message"]""", fault.GetProperty("loc").GetRawText());
        Assert.Equal(type, fault.Field("type"));
    }

    [Fact]
    public async Task A_refusal_is_an_ordinary_error_and_not_a_stream()
    {
        await using var server = await ChatCalls.ServeAsync(null);

        var (status, body) = await server.PostAsync("/api/v1/chat/stream", new { message = "m" });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.NotEmpty(body.Field("detail"));
    }

    [Fact]
    public async Task A_client_that_leaves_frees_its_place()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:MaxSequences=1", "--Serving:MaxQueued=1");
        var stream = await server.OpenStreamAsync(new { message = "m", temperature = 0 });
        Assert.Equal(1, server.Host().Current!.Engine.Load.Running);

        stream.Dispose();

        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load.Running == 0));
        var (status, _) = await server.PostAsync("/api/v1/chat", new { message = "m", max_tokens = 2 });
        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Fact]
    public async Task A_failure_in_the_model_ends_the_stream_with_one_error()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        using var stream = await server.OpenStreamAsync(new { message = "m", temperature = 0 });

        await server.Host().Current!.Engine.DisposeAsync();

        var events = await stream.ReadToEndAsync();
        Assert.Equal("error", events[^1].Type);
        Assert.NotEmpty(events[^1].Content);
        Assert.All(events[..^1], item => Assert.Equal("chunk", item.Type));
    }

    [Fact]
    public async Task When_the_server_stops_an_answer_in_flight_may_finish()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        using var stream = await server.OpenStreamAsync(new { message = "m", temperature = 0, max_tokens = 400 });

        var stopped = server.StopAsync();

        var events = await stream.ReadToEndAsync();
        Assert.Equal("end", events[^1].Type);
        await stopped;
    }

    [Fact]
    public async Task When_the_grace_is_over_a_stream_ends_with_the_reason()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:ShutdownGrace=00:00:00");
        using var stream = await server.OpenStreamAsync(new { message = "m", temperature = 0 });

        var stopped = server.StopAsync();

        var events = await stream.ReadToEndAsync();
        Assert.Equal("error", events[^1].Type);
        Assert.Contains("停止", events[^1].Content, StringComparison.Ordinal);
        await stopped;
    }
}
