using Microsoft.Extensions.Logging;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Platform.Telemetry;

public sealed class RequestLogTests
{
    [Fact]
    public async Task A_client_finds_its_own_id_in_answer_and_log()
    {
        await using var server = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("x-request-id", "order-66.a:b_c");

        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal("order-66.a:b_c", Assert.Single(response.Headers.GetValues("x-request-id")));
        var line = await RequestLineAsync(server);
        Assert.Contains("GET / 200", line.Message, StringComparison.Ordinal);
        Assert.EndsWith("id order-66.a:b_c", line.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("spaced out")]
    [InlineData("")]
    [InlineData("<b>")]
    public async Task An_id_that_does_not_suit_a_log_line_is_replaced(string sent)
    {
        await using var server = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("x-request-id", sent);

        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);

        var id = Assert.Single(response.Headers.GetValues("x-request-id"));
        Assert.Matches("^[0-9a-f]{32}$", id);
    }

    [Fact]
    public async Task The_query_is_never_logged_since_prompts_come_in_it()
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { LogLevel = ServerLogLevel.Debug });

        using var response = await server.Http.GetAsync("/?message=classified", TestContext.Current.CancellationToken);

        await RequestLineAsync(server);
        Assert.DoesNotContain("classified", server.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probes_are_for_debugging_only()
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { LogLevel = ServerLogLevel.Debug });

        using var response = await server.Http.GetAsync("/healthz", TestContext.Current.CancellationToken);

        Assert.Equal(LogLevel.Debug, (await RequestLineAsync(server)).Level);
    }

    /// <summary>The one line about the one request; it is written when the answer is complete, so a client can be faster.</summary>
    private static async Task<LogCapture.LogLine> RequestLineAsync(RunningServer server)
    {
        await ChatCalls.ComesTrueAsync(() => server.Log.Lines.Any(IsAboutRequest));
        return Assert.Single(server.Log.Lines, IsAboutRequest);
    }

    private static bool IsAboutRequest(LogCapture.LogLine line) => line.EventId is 1011 or 1012;
}
