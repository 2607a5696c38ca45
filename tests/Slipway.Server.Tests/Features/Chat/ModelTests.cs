using System.Net;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Chat;

public sealed class ModelTests
{
    [Fact]
    public async Task What_is_loaded_is_told()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (status, body) = await server.GetAsync("/api/v1/model/info");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("test-qwen3", body.Field("model_name"));
        Assert.Equal("cpu", body.Field("device"));
        Assert.True(body.GetProperty("is_loaded").GetBoolean());
        Assert.Equal(new FileInfo(model.Path).Length, body.GetProperty("model_size").GetInt64());
        Assert.Equal("F32", body.Field("quantization"));
        Assert.Equal("slipway", body.Field("engine"));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", body.Field("loaded_at"));
    }

    [Fact]
    public async Task Health_follows_the_model()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (loaded, healthy) = await server.GetAsync("/api/v1/health");
        var (unload, unloaded) = await server.PostAsync("/api/v1/model/unload", null);
        var (gone, unhealthy) = await server.GetAsync("/api/v1/health");
        var (general, degraded) = await server.GetAsync("/health");
        var (supervisor, _) = await server.GetAsync("/_internal/health");

        Assert.Equal(HttpStatusCode.OK, loaded);
        Assert.Equal("""{"status":"healthy","message":"模型正常"}""", healthy.GetRawText());
        Assert.Equal(HttpStatusCode.OK, unload);
        Assert.Equal("unloaded", unloaded.Field("status"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, gone);
        Assert.Equal("unhealthy", unhealthy.Field("status"));
        Assert.Equal(HttpStatusCode.OK, general);
        Assert.Equal("degraded", degraded.Field("status"));
        Assert.Contains("--model", degraded.Field("message"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, supervisor);
    }

    [Fact]
    public async Task An_empty_load_loads_the_configured_model_and_does_nothing_when_it_is_there()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        var before = server.Host().Current;

        var (again, body) = await server.PostAsync("/api/v1/model/load", null);

        Assert.Equal(HttpStatusCode.OK, again);
        Assert.Equal("""{"status":"loaded","message":"模型加载完成"}""", body.GetRawText());
        Assert.Same(before, server.Host().Current);
        await server.PostAsync("/api/v1/model/unload", null);
        Assert.Null(server.Host().Current);
        await server.PostAsync("/api/v1/model/load", null);
        Assert.NotNull(server.Host().Current);
    }

    [Fact]
    public async Task Two_loads_at_once_are_one_load_and_both_are_answered()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(null);

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            server.PostAsync("/api/v1/model/load", new { model = model.Path })));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Single(server.Log.Lines, line => line.EventId == 1102);
    }

    [Fact]
    public async Task A_switch_leaves_the_answers_in_flight_on_the_old_model()
    {
        using var first = new ModelFile(seed: 1);
        using var second = new ModelFile("model-b", seed: 2);
        await using var server = await ChatCalls.ServeAsync(first);
        var old = server.Host().Current!;
        var request = new { message = "m", temperature = 0, max_tokens = 300 };
        var (_, expected) = await server.PostAsync("/api/v1/chat", request);
        using var stream = await server.OpenStreamAsync(request);

        var (status, _) = await server.PostAsync("/api/v1/model/load", new { model = second.Path });
        var (_, fromNew) = await server.PostAsync("/api/v1/chat", request);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(second.Path, server.Host().Current!.Source.Path);
        Assert.NotEqual(expected.Field("response"), fromNew.Field("response"));
        var events = await stream.ReadToEndAsync();
        Assert.Equal("end", events[^1].Type);
        Assert.EndsWith(string.Concat(events[..^1].Select(item => item.Content)), expected.Field("response"), StringComparison.Ordinal);
        Assert.NotSame(old, server.Host().Current);
    }

    [Fact]
    public async Task Requests_under_way_while_models_are_switched_all_succeed()
    {
        using var first = new ModelFile(seed: 1);
        using var second = new ModelFile("model-b", seed: 2);
        await using var server = await ChatCalls.ServeAsync(first, "--Serving:KvTokens=4096");
        using var done = new CancellationTokenSource();
        var chatters = Enumerable.Range(0, 3).Select(_ => ChatUntilAsync(server, done.Token)).ToList();

        for (var i = 0; i < 6; i++)
        {
            var (status, _) = await server.PostAsync("/api/v1/model/load", new { model = i % 2 == 0 ? second.Path : first.Path });
            Assert.Equal(HttpStatusCode.OK, status);
        }

        await done.CancelAsync();
        var counts = await Task.WhenAll(chatters);
        Assert.All(counts, count => Assert.True(count > 0));
    }

    [Fact]
    public async Task A_model_that_is_not_there_is_named()
    {
        await using var server = await ChatCalls.ServeAsync(null);

        var (status, body) = await server.PostAsync("/api/v1/model/load", new { model = "no-such-model" });

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("no-such-model", body.Field("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_file_is_refused_and_the_loaded_model_stays()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        var broken = Path.Combine(Path.GetDirectoryName(model.Path)!, "broken.gguf");
        await File.WriteAllBytesAsync(broken, new byte[1000], TestContext.Current.CancellationToken);

        var (status, body) = await server.PostAsync("/api/v1/model/load", new { model = broken });
        var (chat, _) = await server.PostAsync("/api/v1/chat", new { message = "m", max_tokens = 1 });
        var (health, _) = await server.GetAsync("/health");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("broken", body.Field("detail"), StringComparison.Ordinal);
        Assert.DoesNotContain(Path.GetDirectoryName(broken)!, body.Field("detail"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, chat);
        Assert.Equal(HttpStatusCode.OK, health);
    }

    [Fact]
    public async Task With_nothing_configured_an_empty_load_says_what_to_send()
    {
        await using var server = await ChatCalls.ServeAsync(null);

        var (status, body) = await server.PostAsync("/api/v1/model/load", null);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("model", body.Field("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_told_to_serve_what_is_not_there_does_not_start()
    {
        using var errors = new StringWriter();

        var exitCode = await SlipwayServer.RunAsync(
            new ServerOptions { Ports = [0], Model = "/no/such.gguf" }, [], errors, TestContext.Current.CancellationToken);

        Assert.Equal(1, exitCode);
        Assert.Contains("/no/such.gguf", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_told_to_serve_a_broken_file_ends_with_the_reason()
    {
        using var model = new ModelFile();
        await File.WriteAllBytesAsync(model.Path, new byte[1000], TestContext.Current.CancellationToken);
        using var errors = new StringWriter();

        var exitCode = await SlipwayServer.RunAsync(
            new ServerOptions { Ports = [0], Model = model.Path }, [], errors, TestContext.Current.CancellationToken);

        Assert.Equal(1, exitCode);
        Assert.Contains("model-a", errors.ToString(), StringComparison.Ordinal);
    }

    private static async Task<int> ChatUntilAsync(RunningServer server, CancellationToken stop)
    {
        var count = 0;
        do
        {
            var (status, body) = await server.PostAsync("/api/v1/chat", new { message = "m", max_tokens = 20 });
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.True(body.GetProperty("success").GetBoolean(), body.GetRawText());
            count++;
        }
        while (!stop.IsCancellationRequested);

        return count;
    }
}
