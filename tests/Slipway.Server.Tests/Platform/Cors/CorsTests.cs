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

    [Theory]
    [InlineData("X-Total-Count")]
    [InlineData("X-Next-Line")]
    [InlineData("Location")]
    [InlineData("Upload-Offset")]
    [InlineData("Tus-Resumable")]
    public async Task Scripts_of_a_page_may_read_what_pages_and_uploads_need(string header)
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { Reload = true });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        request.Headers.Add("Origin", "https://chat.example");

        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);

        var exposed = response.Headers.GetValues("Access-Control-Expose-Headers").SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries));
        Assert.Contains(header, exposed);
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
