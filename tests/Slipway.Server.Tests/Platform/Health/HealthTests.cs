using System.Net;
using System.Text.Json;
using Slipway.Server.Platform.Devices;

namespace Slipway.Server.Tests.Platform.Health;

public sealed class HealthTests
{
    [Fact]
    public async Task Health_tells_everything_that_the_contract_names()
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.Http.GetAsync("/health", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        string[] names = ["status", "message", "model_loaded", "gpu_available", "memory", "uptime_seconds", "version"];
        Assert.All(names, name => Assert.True(body.RootElement.TryGetProperty(name, out _), name));
        Assert.True(body.RootElement.GetProperty("memory").GetProperty("resident_bytes").GetInt64() > 1 << 20);
        Assert.False(body.RootElement.GetProperty("gpu_available").GetBoolean());
    }

    [Fact]
    public async Task A_gpu_that_was_seen_is_available()
    {
        await using var server = await RunningServer.StartAsync(gpus: new GpuSighting([new Gpu(0, "A", "u", 2, 1)], null, true));

        var body = await server.Http.GetStringAsync("/health", TestContext.Current.CancellationToken);

        Assert.Contains("\"gpu_available\":true", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/ping", """{"success":true,"message":"EMD Web API is running"}""")]
    [InlineData("/healthz", """{"status":"ok"}""")]
    public async Task The_short_answers_are_exact(string path, string expected)
    {
        await using var server = await RunningServer.StartAsync();

        var body = await server.Http.GetStringAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal(expected, body);
    }

    [Fact]
    public async Task A_balancer_may_ask_with_head()
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.Http.SendAsync(
            new HttpRequestMessage(HttpMethod.Head, "/health"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
