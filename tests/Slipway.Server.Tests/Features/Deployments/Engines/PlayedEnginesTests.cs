using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Deployments.Engines;

/// <summary>The switches of play-engine.py: tests of supervision rest on them.</summary>
public sealed class PlayedEnginesTests : IAsyncLifetime
{
    private PlayedEngines _played = null!;

    public async ValueTask InitializeAsync() => _played = await PlayedEngines.CreateAsync();

    public ValueTask DisposeAsync()
    {
        _played.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("vllm")]
    [InlineData("sglang")]
    [InlineData("llama-server")]
    public async Task While_it_loads_it_is_unwell(string name)
    {
        _played.Turn("PLAY_LOAD", "600");
        using var engine = Start(name);
        await ListensAsync(engine);

        using var health = await engine.Http.GetAsync("/health", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
    }

    [Fact]
    public async Task One_that_hangs_is_well_and_gets_nowhere()
    {
        using var engine = Start("vllm");
        await engine.BecomesWellAsync("/health");
        _played.Turn("PLAY_HANG", "1");

        var chat = engine.ChatAsync("qwen");
        await Patience.UntilAsync(
            async () => EngineBench.Engine("vllm").ReadFigures(await engine.Http.GetStringAsync("/metrics")) is { Running: 1 }, () => "It does not run.");
        using var health = await engine.Http.GetAsync("/health", TestContext.Current.CancellationToken);
        var finishedBefore = chat.IsCompleted;
        _played.Turn("PLAY_HANG", null);
        await chat;

        Assert.Equal((HttpStatusCode.OK, false), (health.StatusCode, finishedBefore));
    }

    [Fact]
    public async Task It_dies_in_the_middle_of_the_request_that_is_named()
    {
        _played.Turn("PLAY_CRASH_AFTER", "2");
        using var engine = Start("llama-server");
        await engine.BecomesWellAsync("/health");
        await engine.ChatAsync("qwen");

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => engine.ChatAsync("qwen"));
        var (exitCode, _) = await engine.EndAsync();

        Assert.Equal(70, exitCode);
    }

    [Fact]
    public async Task One_that_ignores_the_signal_lives_on()
    {
        _played.Turn("PLAY_IGNORE_TERM", "1");
        using var engine = Start("sglang");
        await engine.BecomesWellAsync("/health");

        await engine.TerminateAsync();
        await engine.ChatAsync("qwen");

        Assert.False(engine.HasEnded);
    }

    [Fact]
    public async Task Others_end_on_the_signal()
    {
        using var engine = Start("sglang");
        await engine.BecomesWellAsync("/health");

        await engine.TerminateAsync();
        var (exitCode, _) = await engine.EndAsync();

        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task One_that_fails_at_its_start_says_why()
    {
        _played.Turn("PLAY_FAIL", "CUDA out of memory");
        using var engine = Start("vllm");

        var (exitCode, errors) = await engine.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("CUDA out of memory", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_are_streamed_word_by_word()
    {
        using var engine = Start("vllm");
        await engine.BecomesWellAsync("/health");

        using var answer = await engine.Http.PostAsJsonAsync(
            "/v1/chat/completions", new { model = "qwen", stream = true, stream_options = new { include_usage = true }, messages = Array.Empty<object>() },
            TestContext.Current.CancellationToken);
        var events = (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line["data: ".Length..]).ToList();

        Assert.Equal(11, events.Count); // eight words, the end, the usage, and the mark
        Assert.Equal("[DONE]", events[^1]);
        Assert.Equal(8, JsonSerializer.Deserialize<JsonElement>(events[^2]).GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    private StartedEngine Start(string name)
    {
        var port = PlayedEngines.FreePort();
        return new StartedEngine(EngineBench.Engine(name, _played.Options).CommandFor(EngineBench.Order(port: port)), port);
    }

    private static async Task ListensAsync(StartedEngine engine) => await Patience.UntilAsync(
        async () =>
        {
            try
            {
                using var answer = await engine.Http.GetAsync("/v1/models", TestContext.Current.CancellationToken);
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        () => "It does not listen.");
}
