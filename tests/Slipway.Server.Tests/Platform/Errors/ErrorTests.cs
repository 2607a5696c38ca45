using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;

namespace Slipway.Server.Tests.Platform.Errors;

public sealed class ErrorTests
{
    [Fact]
    public async Task An_unknown_path_is_named_in_the_answer()
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.Http.GetAsync("/no/such", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("/no/such", await DetailOfAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_method_is_told_which_ones_are_right()
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.Http.DeleteAsync("/health", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        var detail = await DetailOfAsync(response);
        Assert.Contains("DELETE", detail, StringComparison.Ordinal);
        Assert.Contains("GET", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_of_ours_gives_an_id_that_the_log_has_and_nothing_of_the_stack()
    {
        await using var server = await RunningServer.StartAsync(map: MapFailure);

        using var response = await server.Http.GetAsync("/fail", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        var id = Assert.Single(response.Headers.GetValues("x-request-id"));
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains(id, body, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", body, StringComparison.Ordinal);
        var line = Assert.Single(server.Log.Lines, line => line.Exception is InvalidOperationException);
        Assert.Contains(id, line.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_of_ours_is_the_same_in_development()
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { Reload = true }, map: MapFailure);

        using var response = await server.Http.GetAsync("/fail", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.DoesNotContain("secret", await DetailOfAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_with_line_breaks_cannot_forge_a_log_line()
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.Http.GetAsync("/a%0AForged", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.DoesNotContain("\nForged", server.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', await DetailOfAsync(response));
    }

    private static void MapFailure(WebApplication app) =>
        app.MapGet("/fail", string () => throw new InvalidOperationException("secret of the house"));

    private static async Task<string> DetailOfAsync(HttpResponseMessage response)
    {
        var bytes = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        using var body = JsonDocument.Parse(Encoding.UTF8.GetString(bytes));
        return body.RootElement.GetProperty("detail").GetString()!;
    }
}
