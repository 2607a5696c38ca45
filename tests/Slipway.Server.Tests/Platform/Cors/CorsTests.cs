namespace Slipway.Server.Tests.Platform.Cors;

public sealed class CorsTests
{
    [Theory]
    [InlineData("https://chat.example")]
    [InlineData("http://localhost:5173")]
    public async Task In_development_every_origin_may_call(string origin)
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { Reload = true });

        Assert.Equal("*", await AllowedAsync(server, origin));
    }

    [Theory]
    [InlineData("https://chat.example", "https://chat.example")]
    [InlineData("https://evil.example", null)]
    public async Task In_production_only_the_listed_may_call(string origin, string? allowed)
    {
        await using var server = await RunningServer.StartAsync(args: ["--Cors:Origins:0=https://chat.example"]);

        Assert.Equal(allowed, await AllowedAsync(server, origin));
    }

    private static async Task<string?> AllowedAsync(RunningServer server, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/health");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "GET");
        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return response.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null;
    }
}
