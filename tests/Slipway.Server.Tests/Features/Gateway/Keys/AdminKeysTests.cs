using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Server.Platform.Auth;

namespace Slipway.Server.Tests.Features.Gateway.Keys;

public sealed class AdminKeysTests : IAsyncLifetime
{
    private readonly DataSite _site = new();
    private AccessServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await AccessServer.StartAsync(_site);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _site.Dispose();
    }

    [Fact]
    public async Task A_key_is_made_listed_rotated_and_ended()
    {
        await BecomeAdminAsync();
        using var made = await _server.Http.PostAsJsonAsync("/admin/keys", new { name = "alice", rpm = 5, models = new[] { "m" }, budget_usd = 2.5 }, Token);
        var key = await JsonAsync(made);
        var id = (string)key["key"]!["id"]!;
        var works = await _server.StatusAsync((string)key["secret"]!);

        using var rotated = await _server.Http.PostAsync($"/admin/keys/{id}/rotate", null, Token);
        var afterRotation = await _server.StatusAsync((string)key["secret"]!);
        var renewed = (string)(await JsonAsync(rotated))["secret"]!;
        var renewedWorks = await _server.StatusAsync(renewed);
        using var ended = await _server.Http.DeleteAsync($"/admin/keys/{id}", Token);
        var list = await _server.Http.GetStringAsync("/admin/keys", Token);

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.True(made.Headers.CacheControl!.NoStore);
        Assert.Equal(HttpStatusCode.OK, works);
        Assert.Equal(HttpStatusCode.Unauthorized, afterRotation);
        Assert.Equal(HttpStatusCode.OK, renewedWorks);
        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await _server.StatusAsync(renewed));
        Assert.Contains("\"budget_usd\":2.5", list, StringComparison.Ordinal);
        Assert.DoesNotContain(renewed, list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_is_named()
    {
        await BecomeAdminAsync();

        using var taken = await _server.Http.PostAsJsonAsync("/admin/keys", new { name = "admin" }, Token);
        using var wrong = await _server.Http.PostAsJsonAsync("/admin/keys", new { name = "x", rpm = 0, expires_at = "tomorrow" }, Token);
        using var past = await _server.Http.PostAsJsonAsync("/admin/keys", new { name = "x", expires_at = "2001-01-01" }, Token);
        using var unknown = await _server.Http.DeleteAsync("/admin/keys/nobody", Token);

        Assert.Equal(HttpStatusCode.Conflict, taken.StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
        Assert.Contains("expires_at", await wrong.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, past.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/admin/keys")]
    [InlineData("POST", "/admin/keys")]
    [InlineData("DELETE", "/admin/keys/x")]
    [InlineData("POST", "/admin/keys/x/rotate")]
    [InlineData("GET", "/usage")]
    public async Task Only_administrators_get_in_and_nothing_is_read_of_others(string method, string path)
    {
        var issued = await _server.MakeKeyAsync(new KeyTerms { Name = "alice" });

        using var plain = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent("{{{", Encoding.UTF8, "application/json") };
        plain.Headers.Authorization = new AuthenticationHeaderValue("Bearer", issued.Secret);
        using var refused = await _server.Http.SendAsync(plain, Token);
        using var anonymous = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent("{{{", Encoding.UTF8, "application/json") };
        using var unknown = await _server.Http.SendAsync(anonymous, Token);

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
    }

    private static async Task<JsonNode> JsonAsync(HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!;

    private async Task BecomeAdminAsync()
    {
        var admin = await _server.MakeKeyAsync(new KeyTerms { Name = "admin", Admin = true });
        _server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", admin.Secret);
    }
}
