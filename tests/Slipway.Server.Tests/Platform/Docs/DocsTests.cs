using System.Text.Json;
using System.Text.RegularExpressions;

namespace Slipway.Server.Tests.Platform.Docs;

public sealed partial class DocsTests
{
    [Fact]
    public async Task The_document_names_every_path()
    {
        await using var server = await RunningServer.StartAsync();

        using var document = JsonDocument.Parse(
            await server.Http.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken));

        Assert.StartsWith("3.", document.RootElement.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var paths = document.RootElement.GetProperty("paths");
        string[] expected = ["/health", "/api/v1/chat", "/api/v1/chat/stream", "/api/v1/model/load", "/api/v1/model/info"];
        Assert.All(expected, path => Assert.True(paths.TryGetProperty(path, out _), path));
        Assert.False(paths.TryGetProperty("/_internal/health", out _));
    }

    [Theory]
    [InlineData("/docs")]
    [InlineData("/redoc")]
    public async Task A_reader_and_all_it_loads_come_from_this_server(string path)
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.Http.GetAsync(path, TestContext.Current.CancellationToken);
        var page = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.True(response.IsSuccessStatusCode);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
        Assert.Contains("default-src 'self'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        var links = Links().Matches(page).Select(match => match.Groups[1].Value).Where(link => !link.StartsWith('#')).ToList();
        Assert.NotEmpty(links);
        foreach (var link in links)
        {
            var target = new Uri(response.RequestMessage!.RequestUri!, link);
            using var asset = await server.Http.GetAsync(target, TestContext.Current.CancellationToken);
            Assert.True(asset.IsSuccessStatusCode, $"{target}: {asset.StatusCode}");
        }
    }

    [GeneratedRegex("""(?:src|href)="([^"]+)"|from '([^']+)'""")]
    private static partial Regex Links();
}
